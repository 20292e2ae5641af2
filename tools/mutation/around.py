"""Mutants around tables and policies: other schemas, sessions, the owner, objects created later."""

from __future__ import annotations

from collections.abc import Iterator

from tools.mutation.mutant import Mutant

_LOGIN = (
    """create function public.lg() returns event_trigger language plpgsql set search_path = pg_catalog, pg_temp
    as $$ begin perform set_config('app.current_org_id', 'x', false); end $$""",
    "revoke execute on function public.lg() from public",
    "create event trigger lg on login execute function public.lg()",
)
_SHOWN = (
    "create schema side",
    "create view side.shown as select * from public.tasks",
    "grant usage on schema side to public",
    "grant select on side.shown to public",
)


def around() -> Iterator[Mutant]:
    """Yield these mutants."""
    yield Mutant("view in another schema", "side.shown", _SHOWN)
    parameter = "grant set on parameter session_replication_role to prductr_app"
    yield Mutant("parameter granted", "session_replication_role", (parameter,))
    yield Mutant("session setting", "prductr_app", ("alter role prductr_app set app.current_org_id = 'x'",))
    yield Mutant("session setting", "every role", ("alter role all set session_replication_role = replica",))
    yield Mutant("login trigger", "lg", _LOGIN)
    yield Mutant("member of the owner", "mutant_stranger", ("grant neondb_owner to mutant_stranger",))
    yield Mutant("owner of the schema", "public", ("alter schema public owner to mutant_bypass",))
    for kind, right, role in (("tables", "select", "prductr_app"), ("functions", "execute", "public")):
        default = f"alter default privileges for role neondb_owner grant {right} on {kind} to {role}"
        yield Mutant("default privileges", kind, (default,))
