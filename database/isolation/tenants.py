"""The rows that the isolation probe writes: one in each table for each of two tenants."""

from __future__ import annotations

from dataclasses import dataclass

TABLES = (
    "users",
    "organizations",
    "organization_members",
    "user_secrets",
    "connector_configs",
    "projects",
    "agents",
    "project_agents",
    "tasks",
    "task_activities",
    "agent_instances",
    "file_locks",
    "file_conflicts",
    "escalations",
    "cost_events",
)
"""In the order of insertion: parents first."""

TENANT_COLUMN = {"users": "id", "organizations": "id", "user_secrets": "user_id"}
"""The column that holds a row's tenant, where it is not `organization_id`."""

HARMLESS_COLUMN = {
    "users": "name",
    "organizations": "name",
    "organization_members": "invited_at",
    "user_secrets": "name",
    "connector_configs": "name",
    "projects": "name",
    "agents": "name",
    "project_agents": "custom_instructions",
    "tasks": "title",
    "task_activities": "description",
    "agent_instances": "metadata",
    "file_locks": "file_path",
    "file_conflicts": "file_path",
    "escalations": "title",
    "cost_events": "model",
}
"""A column that the probe may set to a constant."""

CHILDREN = {
    "project_agents": ("project_id", "projects"),
    "tasks": ("project_id", "projects"),
    "task_activities": ("task_id", "tasks"),
    "agent_instances": ("project_id", "projects"),
    "file_locks": ("project_id", "projects"),
    "file_conflicts": ("project_id", "projects"),
    "escalations": ("project_id", "projects"),
    "cost_events": ("project_id", "projects"),
}
"""Tables that refer to a parent of the same tenant: the column, and the parent."""

OTHER_REFERENCES = {"agent_instances": "current_task_id", "file_locks": "task_id"}
"""Further, optional references to a task of the same tenant."""

Row = dict[str, object]


@dataclass(frozen=True)
class Tenant:
    """One of the two tenants. Every id begins with the run's own prefix, so nothing collides with real rows."""

    prefix: str
    tag: str

    @property
    def user(self) -> str:
        """The owner of the organization."""
        return self.id("users")

    @property
    def organization(self) -> str:
        """The organization."""
        return self.id("organizations")

    def id(self, table: str) -> str:
        """Return the id of this tenant's row of a table."""
        return f"{self.prefix}-{self.tag}-{table}"

    def tenant_value(self, table: str) -> str:
        """Return the value in the tenant column of this tenant's rows."""
        return self.user if table in {"users", "user_secrets"} else self.organization

    def row(self, table: str, *, agent: str | None = None) -> Row:
        """Return a complete row. `agent` replaces the tenant's own agent in tables that require one."""
        row = {"id": self.id(table), **_COLUMNS[table]}
        if table not in TENANT_COLUMN:
            row["organization_id"] = self.organization
        if table in CHILDREN:
            column, parent = CHILDREN[table]
            row[column] = self.id(parent)
        if table in {"project_agents", "agent_instances", "file_locks", "cost_events"}:
            row["agent_id"] = agent or self.id("agents")
        if table == "users":
            row["email"] = f"{self.user}@example.com"
        elif table == "organizations":
            row["slug"] = self.organization
        elif table == "organization_members":
            row["user_id"] = f"{self.prefix}-{self.tag}-member"
        elif table == "user_secrets":
            row["user_id"] = self.user
        elif table == "agent_instances":
            row["session_id"] = self.id("session")
        return row


_COLUMNS: dict[str, Row] = {
    "users": {"name": "Probe"},
    "organizations": {"name": "Probe"},
    "organization_members": {"role": "member"},
    "user_secrets": {"name": "probe", "encrypted_value": "-", "iv": "-", "auth_tag": "-"},
    "connector_configs": {"type": "probe", "name": "probe"},
    "projects": {"name": "probe", "slug": "probe"},
    "agents": {"name": "probe", "provider": "probe", "model": "probe"},
    "project_agents": {},
    "tasks": {"title": "probe"},
    "task_activities": {"action": "probe"},
    "agent_instances": {"last_heartbeat": "2000-01-01"},
    "file_locks": {"file_path": "probe"},
    "file_conflicts": {"file_path": "probe", "strategy": "probe"},
    "escalations": {"type": "probe", "title": "probe"},
    "cost_events": {"model": "probe", "tokens_input": 0, "tokens_output": 0, "cost": 0},
}
