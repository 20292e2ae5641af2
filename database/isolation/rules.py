"""The probe's tests beyond single tables: members' roles, reused plans, the view, the application's role."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg

from database.isolation.session import DENIED, ProbeReport, ProbeSession, compose, insert
from database.isolation.tenants import TABLES, Tenant

_LAST_OWNER = "23514"

_ELSEWHERE = """
select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= 16384 and n.nspname !~ '^pg_(toast_)?temp_'
and n.nspname <> 'public'
and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
"""
"""Relations of other schemas that the application can read, except PostgreSQL's own and those of extensions."""


class ProbeRules(ProbeSession):
    """The two tenants, and the rules about them."""

    def __init__(self, connection: psycopg.Connection[Any], report: ProbeReport, *, stop_at_first: bool) -> None:
        super().__init__(connection, report, stop_at_first=stop_at_first)
        prefix = f"probe-{secrets.token_hex(8)}"
        self._mine, self._other = Tenant(prefix, "mine"), Tenant(prefix, "other")
        self._both = f"{prefix}-both"
        self._shared_agent: str | None = None

    def members(self) -> None:
        """Test what each member's role may do, and to whose row."""
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
        self.within(mine)
        self.expect(table, "the last owner leaving", _LAST_OWNER, "select public.remove_member(%s)", (mine.user,))

    def reused_plans(self) -> None:
        """Test that a prepared statement follows the context when it reads, writes and deletes."""
        prefix = f"plan_{secrets.token_hex(4)}"
        plans = {table: f"{prefix}_{table}" for table in TABLES}
        read = "prepare {} as select id from public.{} where starts_with(id, %s)"
        self.rows(
            "; ".join(compose(read, plan, table) for table, plan in plans.items()), (self._mine.prefix,) * len(plans)
        )
        for tenant in (self._mine, self._other):
            self.within(tenant)
            for table, plan in plans.items():
                ids = {row[0] for row in self.rows(compose("execute {}", plan))}
                if tenant.id(table) not in ids or self._opposite(tenant).id(table) in ids:
                    self.found(table, "a prepared statement keeps the tenant of its first use")
        renaming, removing = f"{prefix}_renaming", f"{prefix}_removing"
        self.rows(compose("prepare {} as update public.projects set name = public.current_org_id()", renaming))
        self.rows(compose("prepare {} as delete from public.organizations", removing))
        for tenant in (self._mine, self._other):
            self.within(tenant)
            self.must("projects", compose("execute {}", renaming), (), rows=1)
            if self.rows("select distinct name from public.projects") != [(tenant.organization,)]:
                self.found("projects", "a prepared update keeps the tenant of its first use")
            self.expect("organizations", "a prepared delete", 1, compose("execute {}", removing))
        self.rows(compose("execute {}", removing))
        left = "select id from public.organizations where id = %s"
        self.expect("organizations", "what a prepared delete leaves", 0, left, (self._other.organization,))
        # One by one, because a pooled connection may hold other clients' prepared statements.
        every = "; ".join(compose("deallocate {}", plan) for plan in (*plans.values(), renaming, removing))
        self.rows(every)
        self.within(self._mine)

    def view(self) -> None:
        """Test that analytics are visible to their own organization only, and accepted before there is one."""
        for tenant in (self._other, self._mine):
            self.within(tenant)
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

    def role(self) -> None:
        """Test that the application can neither become another role nor switch row security off."""
        reachable = self.rows(
            "select rolname from pg_roles where rolname <> current_user and pg_has_role(current_user, oid, 'member')"
        )
        if reachable:
            self.found("role", f"the application can become {', '.join(name for (name,) in reachable)}")
        lasting = "select relname from pg_class where relkind = 'r' and relpersistence <> 't'"
        owned = self.rows(f"{lasting} and pg_has_role(relowner, 'usage')")
        for schema, relation in self.rows(_ELSEWHERE):
            self.found(f"{schema}.{relation}", "can be read, and no declared policy decides what it shows")
        self.expect("role", "switching triggers off", DENIED, "set local session_replication_role = replica")
        for (table,) in owned:
            self.found(table, "belongs to the application, which may switch row security off")
        self.rows("set local row_security = off")
        self.expect("role", "reading with row security off", DENIED, "select from public.tasks")

    def _opposite(self, tenant: Tenant) -> Tenant:
        return self._other if tenant is self._mine else self._mine

    def within(self, tenant: Tenant) -> None:
        """Act as the tenant's owner."""
        self.context(tenant.user, tenant.organization)
