"""Makes a fresh branch of production safe to show, before any address of it is handed out.

    rows = BranchRows(owner_url, branch="br-…")
    rows.forget_passwords()      # production's passwords stop working here
    rows.purge()                 # or rows.mask(masks)

All are repeatable: a run that was killed half-way starts over. The ledger is kept, so migrations continue from
production's version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from database.branch_rows.masks import KEEP, PURGE, RULES, MaskError, Masks, uncovered
from database.postgres import SecurityError, connect, require_direct, safe_url, server_error

KEPT = frozenset({"launch.database", "launch.schema_migrations", "public.rate_limit_plans"})
"""Tables that hold no customer's data: the migration ledger, and rows that a migration inserts."""

_ROLES = """
do $$
declare
    found record;
begin
    for found in
        select r.rolname from pg_catalog.pg_roles r
        where r.rolcanlogin and r.rolname <> current_user and not r.rolsuper and r.rolname !~ '^(neon|pg)_'
           or r.rolname = 'neondb_owner' and r.rolname <> current_user
    loop
        execute format('alter role %I password %L', found.rolname, gen_random_uuid()::text || gen_random_uuid());
    end loop;
end
$$
"""
"""Nobody knows the new passwords, and no statement's text holds one. Superusers are Neon's own and have no password
login."""

_TABLES = """
select format('%s.%s', n.nspname, c.relname), n.nspname, c.relname, c.relkind::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm', 'f') and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by 1
"""
_COLUMNS = """
select format('%s.%s', n.nspname, c.relname), array_agg(a.attname::text order by a.attnum)
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and c.relkind in ('r', 'p')
group by 1
"""
_REACTIONS = """
select
    format('alter table %%s.%%s disable %%s %%I', schema, relation, kind, name),
    format('alter table %%s.%%s enable %%s%%s %%I', schema, relation, how, kind, name)
from (
    select
        quote_ident(n.nspname) as schema, quote_ident(c.relname) as relation, each.name, each.kind,
        case each.enabled when 'A' then 'always ' when 'R' then 'replica ' else '' end as how
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join (
        select tgrelid as relation, tgname as name, 'trigger' as kind, tgenabled as enabled
        from pg_catalog.pg_trigger where not tgisinternal and tgparentid = 0
        union all
        select ev_class, rulename, 'rule', ev_enabled from pg_catalog.pg_rewrite where rulename <> '_RETURN'
    ) as each on each.relation = c.oid
    where c.relkind in ('r', 'p') and each.enabled <> 'D' and format('%%s.%%s', n.nspname, c.relname) = any(%(tables)s)
) as reactions
"""
"""The statements that switch each trigger and rule of some tables off and on again. Foreign keys stay on."""
_LARGE_OBJECTS = "select lo_unlink(oid) from pg_catalog.pg_largeobject_metadata"
_STATISTICS = """
select pg_catalog.pg_clear_attribute_stats(schemaname::text, tablename::text, attname::text, inherited)
from pg_catalog.pg_stats where schemaname !~ '^pg_' and schemaname <> 'information_schema'
"""
"""The planner's samples contain values of rows. They can be cleared from PostgreSQL 18 on."""
_CLEARS_STATISTICS = 180_000


@dataclass(frozen=True)
class BranchRows:
    """The rows of one branch."""

    url: str = field(repr=False)
    """The owner's URL, on the branch's direct host."""
    branch: str
    """Id of the branch that the connection must reach; checked if the server reports its branch."""

    def forget_passwords(self) -> None:
        """Give every role but the owner a password that nobody knows. Raises DatabaseError."""
        with self._connected("passwords were set") as connection:
            connection.execute(_ROLES)

    def purge(self) -> int:
        """Remove all rows in one transaction, and return the number of emptied tables. Raises DatabaseError."""
        with self._connected("rows were purged") as connection:
            tables = [each for each in self._tables(connection) if each[0] not in KEPT]
            self._truncate(connection, tables)
            self._forget_copies(connection, tables)
            self._prove_empty(connection, tables)
            return len(tables)

    def mask(self, masks: Masks) -> int:
        """Mask all rows in one transaction, and return the number of tables with masked or purged rows.

        Raises MaskError if the masks do not cover the database, and DatabaseError.
        """
        with self._connected("rows were masked") as connection:
            tables = [each for each in self._tables(connection) if each[0] not in KEPT]
            columns = {
                name: names for name, names in connection.execute(_COLUMNS) if name in {each[0] for each in tables}
            }
            if missing := uncovered(masks, columns):
                remedy = "Declare their masks in sql/review/masks.json, or create the review with purged rows."
                raise MaskError(f"no mask is declared for {', '.join(missing)}", where=self.branch, remedy=remedy)
            connection.execute(
                "create temporary table launch_salt on commit drop as"
                " select gen_random_uuid()::text || gen_random_uuid()::text as salt"
            )
            purged = [each for each in tables if masks.get(each[0]) == PURGE]
            self._truncate(connection, purged)
            with _without_triggers(connection, [each[0] for each in tables]):
                changed = sum(self._mask_table(connection, each, masks, columns) for each in tables)
            self._forget_copies(connection, tables)
            self._prove_empty(connection, purged)
            return changed

    def _mask_table(
        self,
        connection: psycopg.Connection[Any],
        table: tuple[str, str, str, str],
        masks: Masks,
        columns: Mapping[str, list[str]],
    ) -> bool:
        name, schema, relation, _ = table
        rules = masks.get(name)
        if not isinstance(rules, Mapping):
            return rules == PURGE
        there = [column for column in columns.get(name, ()) if rules[column] != KEEP]
        if not there:
            return False
        changes = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(column), _expression(rules[column], column)) for column in there
        )
        connection.execute(sql.SQL("update {} set {}").format(sql.Identifier(schema, relation), changes))
        return True

    def _tables(self, connection: psycopg.Connection[Any]) -> list[tuple[str, str, str, str]]:
        """Return full name, schema, name, kind of each relation with rows. Raises SecurityError for foreign tables."""
        found = [(str(a), str(b), str(c), str(d)) for a, b, c, d in connection.execute(_TABLES)]
        if foreign := [name for name, _, _, kind in found if kind == "f"]:
            raise SecurityError(
                f"rows of another server are reached through {', '.join(foreign)}",
                where=self.branch,
                remedy="A branch reaches that server as production does: drop the foreign table in a migration first.",
            )
        return found

    def _truncate(self, connection: psycopg.Connection[Any], tables: list[tuple[str, str, str, str]]) -> None:
        names = [sql.Identifier(schema, relation) for _, schema, relation, kind in tables if kind in "rp"]
        if names:
            connection.execute(sql.SQL("truncate table {} restart identity").format(sql.SQL(", ").join(names)))

    def _forget_copies(self, connection: psycopg.Connection[Any], tables: list[tuple[str, str, str, str]]) -> None:
        """Clear the copies of rows outside tables: materialized views, large objects and the planner's samples."""
        for _, schema, relation, kind in tables:
            if kind == "m":
                connection.execute(sql.SQL("refresh materialized view {}").format(sql.Identifier(schema, relation)))
        connection.execute(_LARGE_OBJECTS)
        if connection.info.server_version >= _CLEARS_STATISTICS:
            connection.execute(_STATISTICS)

    def _prove_empty(self, connection: psycopg.Connection[Any], tables: list[tuple[str, str, str, str]]) -> None:
        """Raise SecurityError if a table still has a row, such as one that a trigger inserted."""
        held = []
        for name, schema, relation, _ in tables:
            row = connection.execute(
                sql.SQL("select exists (select from {})").format(sql.Identifier(schema, relation))
            ).fetchone()
            held += [name] if row and row[0] else []
        if held:
            raise SecurityError(
                f"rows are left in {', '.join(held)}", where=self.branch, remedy="Look at its triggers."
            )

    @contextmanager
    def _connected(self, doing: str) -> Iterator[psycopg.Connection[Any]]:
        """Open one transaction on the branch. Raises SecurityError if the server reports another branch."""
        require_direct(self.url)
        with connect(self.url, application_name="launch review", without_timeouts=True) as connection:
            row = connection.execute("select pg_catalog.current_setting('neon.branch_id', true)").fetchone()
            here = row[0] if row else None
            if here and here != self.branch:
                raise SecurityError(
                    f"the address leads to branch {here}", where=self.branch, remedy="Nothing was changed; try again."
                )
            try:
                yield connection
            except psycopg.Error as error:
                raise server_error(error, where=f"{safe_url(self.url)}, while {doing}") from None


@contextmanager
def _without_triggers(connection: psycopg.Connection[Any], tables: list[str]) -> Iterator[None]:
    """Disable triggers and rules in the block: one that copies old values would carry them past the masks."""
    found = connection.execute(_REACTIONS, {"tables": tables}).fetchall()
    for disable, _ in found:
        connection.execute(disable)
    yield
    for _, enable in found:
        connection.execute(enable)


def _expression(rule: str, column: str) -> sql.Composable:
    before, marker, after = RULES[rule].partition(":column")
    return sql.SQL(before) + sql.Identifier(column) + sql.SQL(after) if marker else sql.SQL(before)
