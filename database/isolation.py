"""Proves isolation as the application: two tenants, every table, both ways, in a transaction that is rolled back.

The probe connects as the real application role, makes two tenants with that role's own rights, and then tries to cross
from one to the other by every statement that the role has. It states how much it examined: a probe of an empty schema
finds nothing and proves nothing.
"""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
from psycopg import sql

from database.connection import connect
from database.probe_rows import CHILDREN, HARMLESS_COLUMN, TABLES, TENANT_COLUMN, Tenant
from database.probe_session import DENIED, CannotWriteError, Crossing, ProbeReport, ProbeSession, compose, insert

__all__ = ["Crossing", "ProbeReport", "probe"]

_BROKEN_KEY = "23503"
_LAST_OWNER = "23514"


def probe(application_url: str, *, patience: float = 20.0) -> ProbeReport:
    """Probe the database behind the application's URL, pooled or direct. Leaves nothing behind.

    Raises DatabaseError where the application role cannot connect.
    """
    report = ProbeReport()
    with connect(application_url, application_name="launch isolation", patience=patience) as connection:
        try:
            _Probe(connection, report).run()
        except CannotWriteError:
            pass  # the report says why
        except psycopg.Error as error:
            report.crossings.append(Crossing("probe", f"cannot go on: {error.diag.message_primary or error}"))
        finally:
            connection.rollback()
    return report


class _Probe(ProbeSession):
    def __init__(self, connection: psycopg.Connection[Any], report: ProbeReport) -> None:
        super().__init__(connection, report)
        prefix = f"probe-{secrets.token_hex(8)}"
        self._mine, self._other = Tenant(prefix, "mine"), Tenant(prefix, "other")
        self._both = f"{prefix}-both"
        self._shared_agent: str | None = None

    def run(self) -> None:
        self.rows("set local statement_timeout = '10s'; set local lock_timeout = '2s'")
        for tenant in (self._other, self._mine):
            self._make(tenant)
        self._within(self._mine)
        found = self.rows("select id from public.agents where organization_id is null limit 1")
        self._shared_agent = found[0][0] if found else None
        for table in TABLES:
            self._reading(table)
            self._writing(table)
            self._moving(table)
            self._without_context(table)
            self.report.examined["tables"] += 1
        self._members()
        self._reused_plans()
        self._view()
        self._role()

    def _make(self, tenant: Tenant) -> None:
        self.context(tenant.user, "")
        for table in TABLES:
            if table == "organization_members":
                self._within(tenant)
            self.must(table, *insert(table, tenant.row(table)), rows=1)
            self.report.examined["rows"] += 1
        for user, role in ((self._both, "admin"), (f"{tenant.user}-viewer", "viewer")):
            self.must("organization_members", "select public.add_member(%s, %s)", (user, role), rows=1)

    # What one tenant sees

    def _reading(self, table: str) -> None:
        ids = [tenant.id(table) for tenant in (self._mine, self._other)]
        seen = self.rows(compose("select id from public.{} where id = any(%s)", table), (ids,))
        if seen != [(ids[0],)]:
            self.found(table, f"of two tenants' rows, {len(seen)} are visible and not exactly its own")
        column = TENANT_COLUMN.get(table, "organization_id")
        foreign = compose("select count(*) from public.{} where {} is distinct from %s", table, column)
        if table == "organization_members":
            foreign += sql.SQL(" and user_id <> public.current_user_id()")
        elif table == "agents":
            foreign += sql.SQL(" and organization_id is not null")
        if self.rows(foreign, (self._mine.tenant_value(table),)) != [(0,)]:
            self.found(table, "rows of other tenants are counted")
        locked = self.attempt(compose("select id from public.{} where id = any(%s) for update", table), (ids,))
        if locked != 1:
            self.found(table, f"select for update reaches {locked} of two tenants' rows, not 1")

    # What one tenant changes

    def _writing(self, table: str) -> None:
        column = HARMLESS_COLUMN[table]
        mine, other = (self._mine.id(table),), (self._other.id(table),)
        change = compose("update public.{} set {} = 'probe'", table, column)
        if table == "organization_members":
            change = compose("update public.{} set {} = default", table, column)
        delete = compose("delete from public.{}", table)
        one = sql.SQL(" where id = %s")
        for what, statement in (("update", change), ("delete", delete)):
            self.expect(table, f"{what} of another tenant's row", 0, statement + one, other)
            self.expect(table, f"{what} of an own row", 1, statement + one, mine)
            # Without a WHERE no column is read, so that the policy for SELECT does not help the one for UPDATE.
            own: object = 1
            if table == "organization_members":  # owner, admin, member and viewer; of whom the owner has to stay
                own = 4 if what == "update" else _LAST_OWNER
            self.expect(table, f"{what} without a condition", own, statement)
        self.expect(table, "truncate", DENIED, compose("truncate public.{}", table))
        self.expect(table, "alter table", DENIED, compose("alter table public.{} no force row level security", table))
        upsert, values = insert(table, self._mine.row(table) | {"id": self._other.id(table)})
        upsert += compose(" on conflict (id) do update set {} = excluded.{}", column, column)
        if table not in {"users", "organizations"}:
            self.expect(table, "upsert of another tenant's id", DENIED, upsert, values)

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
        move = compose("update public.{} set {} = %s where id = %s", table, column)
        target = f"{self._other.tenant_value(table)}{'-new' if column == 'id' else ''}"
        if table in {"project_agents", "agent_instances"} and self._shared_agent:
            # The trigger that guards references to agents must not be what stops the row.
            given = sql.SQL("agent_id = {}, ").format(sql.Literal(self._shared_agent))
            move = compose("update public.{} set ", table) + given + compose("{} = %s where id = %s", column)
        self.expect(table, "giving an own row away", DENIED, move, (target, self._mine.id(table)))
        if table in CHILDREN:
            reference, parent = CHILDREN[table]
            child = self._mine.row(table) | {"id": f"{self._mine.id(table)}-new", reference: self._other.id(parent)}
            if table == "agent_instances":
                child |= {"session_id": f"{self._mine.id('session')}-new"}
            self.expect(table, "pointing at another tenant's parent", _BROKEN_KEY, *insert(table, child))
            del child["organization_id"]
            if table != "cost_events":
                self.expect(table, "a parent of another tenant", DENIED, *insert(table, child))
        if table == "agents":
            shared = self._mine.row(table) | {"id": f"{self._mine.id(table)}-new", "organization_id": None}
            self.expect(table, "making a global agent", DENIED, *insert(table, shared))
            share = "update public.agents set organization_id = null where id = %s"
            self.expect(table, "making an own agent global", DENIED, share, (self._mine.id(table),))

    def _without_context(self, table: str) -> None:
        fresh = {"id": f"{self._mine.id(table)}-fresh"}
        row = self._mine.row(table, agent=self._shared_agent) | fresh
        if table in {"users", "organizations"}:
            row |= {"email": "probe@example.com"} if table == "users" else {"slug": fresh["id"]}
        if table == "users":
            row |= {"id": ""}
        for user, organization in (("", ""), ("", self._mine.organization), ("nobody", self._mine.organization)):
            self.context(user, organization)
            self.expect(table, f"counting as user {user!r}", [(0,)], compose("select count(*) from public.{}", table))
            if user != "nobody" or table != "organizations":
                self.expect(table, f"insert as user {user!r}", DENIED, *insert(table, row))
        self.context(self._mine.user, self._other.organization)
        if table not in {"users", "organizations", "organization_members", "user_secrets"}:
            count = compose("select count(*) from public.{}", table)
            self.expect(table, "counting in an organization that the user is not a member of", [(0,)], count)
        self.context(f"{self._mine.user}-viewer", self._mine.organization)
        if table not in {"users", "organizations", "organization_members", "user_secrets"}:
            change = compose("update public.{} set id = id", table)
            self.expect(table, "update by a viewer", 0, change)
            self.expect(table, "delete by a viewer", 0, compose("delete from public.{}", table))
            if table != "cost_events":
                self.expect(table, "insert by a viewer", DENIED, *insert(table, row))
        self._within(self._mine)

    # Roles of members, plans, views, the role itself

    def _members(self) -> None:
        table, mine, other = "organization_members", self._mine, self._other
        role = "update public.organization_members set role = 'owner' where user_id = %s"
        rename, remove = "update public.organizations set name = 'probe'", "delete from public.organizations"
        self.context(self._mine.row(table)["user_id"], mine.organization)  # a plain member
        self.expect(table, "a member promoting itself", 0, role, (mine.row(table)["user_id"],))
        self.expect("organizations", "a member changing the organization", 0, rename)
        self.expect("organizations", "a member deleting the organization", 0, remove)
        self.expect(table, "a member adding somebody", DENIED, "select public.add_member('x', 'viewer')")
        self.context(self._both, mine.organization)  # an admin here and in the other organization
        self.expect(table, "an admin promoting itself to owner", DENIED, role, (self._both,))
        self.expect("organizations", "an admin changing the organization", 1, rename)
        self.expect("organizations", "an admin deleting the organization", 0, remove)
        stranger = other.row(table) | {"id": f"{other.id(table)}-x", "user_id": "x"}
        self.expect(table, "an admin adding to its other organization", DENIED, *insert(table, stranger))
        leave = "delete from public.organization_members where organization_id = %s"
        self.expect(table, "an admin leaving its other organization from here", 0, leave, (other.organization,))
        seen = "select id from public.organizations where id = any(%s)"
        both = ([mine.organization, other.organization],)
        self.expect("organizations", "the list of organizations to switch between", 2, seen, both)
        self._within(mine)
        self.expect(table, "the last owner leaving", _LAST_OWNER, "select public.remove_member(%s)", (mine.user,))

    def _reused_plans(self) -> None:
        for table in TABLES:
            plan = f"plan_{secrets.token_hex(4)}"
            prepare = compose("prepare {} as select id from public.{} where starts_with(id, %s)", plan, table)
            self.rows(prepare, (self._mine.prefix,))
            for tenant in (self._mine, self._other):
                self._within(tenant)
                ids = {row[0] for row in self.rows(compose("execute {}", plan))}
                if tenant.id(table) not in ids or self._opposite(tenant).id(table) in ids:
                    self.found(table, "a prepared statement keeps the tenant of its first use")
            self.rows(compose("deallocate {}", plan))
        self._within(self._mine)

    def _view(self) -> None:
        for tenant in (self._other, self._mine):
            self._within(tenant)
            event = {"organization_id": tenant.organization, "event_type": "analytics", "cost": 0}
            statement, values = insert("cost_events", event | {"metadata": '{"event": "login"}'})
            self.must("cost_events", statement, values, rows=1)
        seen = self.rows("select distinct organization_id from public.analytics_daily")
        if seen != [(self._mine.organization,)]:
            self.found("analytics_daily", f"shows events of {len(seen)} organizations, not of its reader's own")
        signup, values = insert("cost_events", {"event_type": "analytics", "cost": 0, "metadata": "{}"})
        self.expect("cost_events", "an analytics event without organization", 1, signup, values)
        usage = self._mine.row("cost_events") | {"id": "x", "organization_id": None, "project_id": None}
        self.expect("cost_events", "usage without organization", DENIED, *insert("cost_events", usage))

    def _role(self) -> None:
        reachable = self.rows(
            "select rolname from pg_roles where rolname <> current_user and pg_has_role(current_user, oid, 'member')"
        )
        if reachable:
            self.found("role", f"the application can become {', '.join(name for (name,) in reachable)}")
        self.expect(
            "role", "switching row security off", DENIED, "set local row_security = off; select from public.tasks"
        )

    def _opposite(self, tenant: Tenant) -> Tenant:
        return self._other if tenant is self._mine else self._mine

    def _within(self, tenant: Tenant) -> None:
        self.context(tenant.user, tenant.organization)
