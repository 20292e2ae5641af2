"""Proves isolation as the application: two tenants, every table, both ways, in a transaction that is rolled back.

The probe connects as the real application role, creates two tenants with that role's own privileges, and then tries to
cross from one to the other with every statement that the role has. It reports how much it examined: a probe of an empty
schema finds nothing and proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from database.isolation.rules import ProbeRules
from database.isolation.session import DENIED, Crossing, ProbeReport, StoppedError, compose, insert
from database.isolation.tenants import CHILDREN, HARMLESS_COLUMN, OTHER_REFERENCES, TABLES, TENANT_COLUMN, Row, Tenant
from database.postgres import connect

__all__ = ["Crossing", "ProbeReport", "probe", "probe_within"]

_BROKEN_KEY = "23503"
_LAST_OWNER = "23514"
_TAKEN = "23505"


def probe(application_url: str, *, patience: float = 20.0) -> ProbeReport:
    """Probe the database behind the application's URL, pooled or direct. Leaves nothing behind.

    Raises DatabaseError if the application role cannot connect, and psycopg.OperationalError if the probe could not
    finish: a table was locked, or the connection broke.
    """
    with connect(application_url, application_name="launch isolation", patience=patience) as connection:
        try:
            return probe_within(connection)
        finally:
            connection.rollback()


def probe_within(connection: psycopg.Connection[Any], *, stop_at_first: bool = False) -> ProbeReport:
    """Probe within the connection's transaction, which the caller must roll back.

    Raises psycopg.OperationalError if the server or the connection kept the probe from finishing.
    """
    report = ProbeReport()
    try:
        _Probe(connection, report, stop_at_first=stop_at_first).run()
    except StoppedError:
        pass  # the report holds the reason
    except psycopg.OperationalError:
        raise  # a lock, a timeout or a lost connection proves nothing about isolation
    except psycopg.Error as error:
        report.crossings.append(Crossing("probe", f"cannot go on: {error.diag.message_primary or error}"))
    return report


class _Probe(ProbeRules):
    def run(self) -> None:
        self.rows("set local statement_timeout = '10s'; set local lock_timeout = '2s'")
        if self.rows("select public.current_user_id(), public.current_org_id()") != [(None, None)]:
            self.found("session", "starts with a context that nobody set")
        for tenant in (self._other, self._mine):
            self._make(tenant)
        self.within(self._mine)
        found = self.rows("select id from public.agents where organization_id is null limit 1")
        self._shared_agent = found[0][0] if found else None
        for table in TABLES:
            self._reading(table)
            self._writing(table)
            self._moving(table)
            self.report.examined["tables"] += 1
        self._without_context()
        self.members()
        self.reused_plans()
        self.view()
        self.role()
        self.settle()

    def _make(self, tenant: Tenant) -> None:
        self.context(tenant.user, "")
        for table in TABLES:
            if table == "organization_members":
                owner = tenant.row(table) | {"id": f"{tenant.id(table)}-owner", "user_id": tenant.user, "role": "owner"}
                self.must(table, *insert(table, owner), rows=1)
                self.within(tenant)
            self.must(table, *insert(table, tenant.row(table)), rows=1)
            self.report.examined["rows"] += 1
        for user, role in ((self._both, "admin"), (f"{tenant.user}-viewer", "viewer")):
            self.must("organization_members", "select public.add_member(%s, %s)", (user, role), rows=1)

    # One tenant's reads

    def _reading(self, table: str) -> None:
        ids = [tenant.id(table) for tenant in (self._mine, self._other)]
        column = TENANT_COLUMN.get(table, "organization_id")
        seen = compose("select array(select id::text from public.{} where id = any(%s)), ", table)
        counted = compose("(select count(*) from public.{} where {} is distinct from %s", table, column)
        if table == "organization_members":
            counted += " and user_id <> public.current_user_id()"
        elif table == "agents":
            counted += " and organization_id is not null"
        ((visible, foreign),) = self.rows(f"{seen}{counted})", (ids, self._mine.tenant_value(table)))
        if visible != ids[:1]:
            self.found(table, f"{len(visible)} of two tenants' rows are visible instead of exactly its own")
        if foreign:
            self.found(table, f"{foreign} rows of other tenants are counted")
        lock = compose("select id from public.{} where id = any(%s) for update", table)
        self.expect(table, "select for update of two tenants' rows", 1, lock, (ids,))

    # One tenant's writes

    def _writing(self, table: str) -> None:
        column = HARMLESS_COLUMN[table]
        mine, other = (self._mine.id(table),), (self._other.id(table),)
        change = compose("update public.{} set {} = 'probe'", table, column)
        if table == "organization_members":
            change = compose("update public.{} set {} = default", table, column)
        delete = compose("delete from public.{}", table)
        one = " where id = %s"
        for what, statement in (("update", change), ("delete", delete)):
            self.expect(table, f"{what} of another tenant's row", 0, statement + one, other)
            self.expect(table, f"{what} of an own row", 1, statement + one, mine)
            # Without a WHERE no column is read, so the policy for SELECT does not help the one for UPDATE.
            own: int | str = 1
            if table == "organization_members":  # owner, admin, member and viewer; the owner has to stay
                own = 4 if what == "update" else _LAST_OWNER
            self.expect(table, f"{what} without a condition", own, statement)
        self.expect(table, "truncate", DENIED, compose("truncate public.{}", table))
        for key, value in self._keys(table).items():
            # Evaluated on the other tenant's row, the condition would fail with that row's id in its message.
            fresh = self._fresh(table) | ({"user_id": self._mine.user} if table == "user_secrets" else {})
            upsert, values = insert(table, fresh | {key: value})
            tail = " on conflict ({}) do update set {} = excluded.{} where {}.id::integer = 1"
            upsert += compose(tail, key, column, column, table).encode()
            self.expect(table, f"upsert of another tenant's {key}", _TAKEN, upsert, values)

    def _keys(self, table: str) -> Row:
        """Return the other tenant's value of each key that is unique across the table and can be inserted."""
        row = self._other.row(table)
        keys = {"users": (), "organizations": ("id", "slug"), "agent_instances": ("id", "session_id")}
        return {key: row[key] for key in keys.get(table, ("id",))}

    def _moving(self, table: str) -> None:
        foreign = self._other.row(table, agent=self._shared_agent) | {"id": f"{self._other.id(table)}-new"}
        if table == "organizations":
            foreign |= {"founder_id": self._other.user}
        elif table == "agent_instances":
            foreign |= {"session_id": f"{self._other.id('session')}-new"}
        elif table == "organization_members":
            foreign |= {"user_id": self._mine.user, "role": "owner"}
        elif table == "users":
            foreign |= {"email": f"new-{self._other.user}@example.com"}
        self.expect(table, "insert for another tenant", DENIED, *insert(table, foreign))
        column = TENANT_COLUMN.get(table, "organization_id")
        target = f"{self._other.tenant_value(table)}{'-new' if column == 'id' else ''}"
        move, values = compose("update public.{} set {} = %s", table, column), [target]
        if table in {"project_agents", "agent_instances"} and self._shared_agent:
            # The trigger that guards references to agents must not be what stops the row.
            move, values = f"{move}, agent_id = %s", [target, self._shared_agent]
        one = f"{move} where id = %s"
        self.expect(table, "giving an own row away", DENIED, one, (*values, self._mine.id(table)))
        # The same without reading a column, so the policy for SELECT does not check the row's new place.
        if table != "organization_members":  # there the owner's own row is refused first
            self.expect(table, "giving all own rows away", DENIED, move, values)
        if table in CHILDREN:
            reference, parent = CHILDREN[table]
            child = self._mine.row(table) | {"id": f"{self._mine.id(table)}-new", reference: self._other.id(parent)}
            if table == "agent_instances":
                child |= {"session_id": f"{self._mine.id('session')}-new"}
            self.expect(table, "pointing at another tenant's parent", _BROKEN_KEY, *insert(table, child))
            del child["organization_id"]
            if table != "cost_events":
                self.expect(table, "a parent of another tenant", _BROKEN_KEY, *insert(table, child))
        if table in OTHER_REFERENCES:
            refer = compose("update public.{} set {} = %s", table, OTHER_REFERENCES[table])
            self.expect(table, "referring to another tenant's task", _BROKEN_KEY, refer, (self._other.id("tasks"),))
        if table == "agents":
            shared = self._mine.row(table) | {"id": f"{self._mine.id(table)}-new", "organization_id": None}
            self.expect(table, "making a global agent", DENIED, *insert(table, shared))
            share = "update public.agents set organization_id = null where id = %s"
            self.expect(table, "making an own agent global", DENIED, share, (self._mine.id(table),))

    def _without_context(self) -> None:
        unset = (("", ""), ("", self._mine.organization), ("nobody", self._mine.organization))
        for user, organization in unset:
            self.context(user, organization)
            self._counting(TABLES, f"user {user!r} in organization {organization!r}")
            for table in TABLES:
                if table != "organizations" if user else not organization:
                    self.expect(table, f"insert as user {user!r}", DENIED, *insert(table, self._fresh(table)))
                if not user and not organization:
                    change = compose("update public.{} set {} = default", table, HARMLESS_COLUMN[table])
                    self.expect(table, f"update as user {user!r}", 0, change)
                    self.expect(table, f"delete as user {user!r}", 0, compose("delete from public.{}", table))
        shared = [table for table in TABLES if table not in {*TENANT_COLUMN, "organization_members"}]
        self.context(self._mine.user, self._other.organization)
        self._counting(shared, "a user in an organization that it is not a member of")
        self.context(f"{self._mine.user}-viewer", self._mine.organization)
        for table in shared:
            self.expect(table, "update by a viewer", 0, compose("update public.{} set id = id", table))
            self.expect(table, "delete by a viewer", 0, compose("delete from public.{}", table))
            self.expect(table, "insert by a viewer", DENIED, *insert(table, self._fresh(table)))
        event = {"organization_id": self._mine.organization, "event_type": "analytics", "cost": 0}
        self.expect("cost_events", "an analytics event of a viewer", 1, *insert("cost_events", event))
        self.expect("cost_events", "one that costs", DENIED, *insert("cost_events", event | {"cost": -1}))
        self.within(self._mine)

    def _fresh(self, table: str) -> Row:
        """Return a row that is refused only because of its context."""
        row = self._mine.row(table, agent=self._shared_agent) | {"id": f"{self._mine.id(table)}-fresh"}
        if table == "users":
            row |= {"email": "probe@example.com", "id": ""}
        elif table == "organizations":
            row |= {"slug": row["id"]}
        elif table == "user_secrets":
            row |= {"user_id": ""}
        return row

    def _counting(self, tables: Sequence[str], who: str) -> None:
        """Count all tables in one statement; none may show a row."""
        counts = ", ".join(compose("(select count(*) from public.{})", table) for table in tables)
        (found,) = self.rows(f"select {counts}")
        for table, count in zip(tables, found, strict=True):
            if count:
                self.found(table, f"{who} sees {count} rows")
