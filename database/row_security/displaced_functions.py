"""Makes room for a declared function when an undeclared one of its name has another result or argument names.

Only dropping that function helps, and its callers go with it. Policies, triggers, rules and functions of schema public
are reported as differences and handled as such. Any other caller, such as a view or a column's default, is in no
declaration and may hold data, so it stops the apply with an error that names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from database.postgres import SecurityError, in_public

_CALLERS = """
with recursive caller as (
    select 'pg_proc'::regclass::oid as class, to_regprocedure(%s)::oid as object, 0 as part
    union
    select d.classid, d.objid, d.objsubid
    from pg_depend d
    join caller c on d.refclassid = c.class and d.refobjid = c.object
    where c.class = 'pg_proc'::regclass
)
select distinct coalesce(
    pg_describe_object('pg_class'::regclass, w.ev_class, 0), pg_describe_object(c.class, c.object, c.part)
)
from caller c
cross join lateral pg_identify_object_as_address(c.class, c.object, c.part) a
left join pg_rewrite w on c.class = 'pg_rewrite'::regclass and w.oid = c.object
where a.type <> 'event trigger'
  and not (
      a.object_names[1] = 'public'
      and a.type in ('policy', 'trigger', 'function', 'procedure', 'aggregate', 'rule')
      and w.rulename is distinct from '_RETURN'
  )
order by 1
"""
"""Callers other than policies, triggers, rules and functions of schema public. A view appears as a rule here."""


def make_room(connection: psycopg.Connection[Any], signatures: Iterable[str]) -> None:
    """Drop the functions and their callers. Raises SecurityError if a caller must not be dropped."""
    for signature in signatures:
        callers = [text for (text,) in connection.execute(_CALLERS, (in_public(signature),))]
        if callers:
            raise SecurityError(
                f"function {signature} is not the declared one and has to make room, but {', '.join(callers)} needs it",
                remedy="Nothing was changed. Drop the callers, or make them work without it, and run again.",
            )
        connection.execute(f"drop routine {in_public(signature)} cascade".encode())
