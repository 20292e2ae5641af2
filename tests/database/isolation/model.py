"""A plain model of isolation: rows as dictionaries, policies as comparisons. PostgreSQL must behave like it."""

from __future__ import annotations

from dataclasses import dataclass, field

Row = dict[str, str | None]
Outcome = tuple[str, object]

DENIED, DUPLICATE, NO_PARENT = ("error", "42501"), ("error", "23505"), ("error", "23503")
WRITERS = ("owner", "admin", "member")

MEMBERS = {
    ("anna", "A"): "owner",
    ("bert", "A"): "member",
    ("bert", "B"): "owner",
    ("vera", "A"): "viewer",
    ("vera", "B"): "member",
}
TENANT = {"user_secrets": "user_id"}
"""The tenant column where it is not organization_id."""

TEXT = {"projects": "name", "tasks": "title", "agents": "name", "cost_events": "model", "user_secrets": "name"}
"""A column of each table that statements set."""


def tenant_column(table: str) -> str:
    return TENANT.get(table, "organization_id")


def initial() -> dict[str, dict[str, Row]]:
    def rows(table: str, *tenants: str | None) -> dict[str, Row]:
        column = tenant_column(table)
        return {
            f"{table}-{i}": {"id": f"{table}-{i}", column: tenant, TEXT[table]: "old"}
            for i, tenant in enumerate(tenants)
        }

    state = {
        "projects": rows("projects", "A", "A", "B"),
        "tasks": rows("tasks", "A", "B", "A"),
        "agents": rows("agents", "A", "B", None),
        "cost_events": rows("cost_events", "A", "B", None),
        "user_secrets": rows("user_secrets", "anna", "bert"),
    }
    for task, project in (("tasks-0", "projects-0"), ("tasks-1", "projects-2"), ("tasks-2", "projects-1")):
        state["tasks"][task]["project_id"] = project
    return state


@dataclass(frozen=True)
class Context:
    """The user and the organization; either may be None."""

    user: str | None
    named: str | None

    @property
    def organization(self) -> str | None:
        return self.named if (self.user, self.named) in MEMBERS else None

    @property
    def writable(self) -> str | None:
        return self.named if MEMBERS.get((self.user or "", self.named or "")) in WRITERS else None


@dataclass
class Model:
    tables: dict[str, dict[str, Row]] = field(default_factory=initial)

    def sees(self, context: Context, table: str, row: Row) -> bool:
        if table == "user_secrets":
            return context.user is not None and row["user_id"] == context.user
        if context.organization is None:
            return False
        return row["organization_id"] == context.organization or (table == "agents" and row["organization_id"] is None)

    def may_insert(self, context: Context, table: str, row: Row) -> bool:
        if table == "cost_events":
            own = context.organization is not None and row["organization_id"] == context.organization
            return own or (row["organization_id"] is None and context.user is not None)
        return self.may_change(context, table, row)

    def may_change(self, context: Context, table: str, row: Row) -> bool:
        if table == "user_secrets":
            return self.sees(context, table, row)
        return context.writable is not None and row["organization_id"] == context.writable

    def select(self, context: Context, table: str) -> Outcome:
        return ("ids", sorted(key for key, row in self.tables[table].items() if self.sees(context, table, row)))

    def insert(self, context: Context, table: str, row: Row, *, upsert: bool = False) -> Outcome:
        row = dict(row)
        if table == "tasks" and row["organization_id"] is None:
            parent = self.tables["projects"].get(row["project_id"] or "")
            visible = parent is not None and self.sees(context, "projects", parent)
            row["organization_id"] = context.named or (parent["organization_id"] if parent and visible else None)
        if not self.may_insert(context, table, row):
            return DENIED
        there = self.tables[table].get(row["id"] or "")
        if there is not None and (not self.sees(context, table, there) or there[tenant_column(table)] is None):
            return DUPLICATE  # before the rest of the statement is evaluated
        if upsert and not self.sees(context, table, row):
            return DENIED
        if there is not None:
            if not upsert:
                return DUPLICATE
            if not self.may_change(context, table, there):
                return DENIED
            there[TEXT[table]] = row[TEXT[table]]
            return ("rows", 1)
        if not self._has_parent(table, row):
            return NO_PARENT
        self.tables[table][row["id"] or ""] = row
        return ("rows", 1)

    def update(self, context: Context, table: str, column: str, value: str | None, key: str | None) -> Outcome:
        """`key` None is a statement without a condition: it reads no column, so only the policy for UPDATE counts."""
        hit = self._hit(context, table, key)
        changed = [row | {column: value} for row in hit]
        if not all(self.may_change(context, table, row) for row in changed):
            return DENIED
        if not all(self._has_parent(table, row) for row in changed):
            return NO_PARENT
        for row, new in zip(hit, changed, strict=True):
            row.update(new)
        return ("rows", len(hit))

    def delete(self, context: Context, table: str, key: str | None) -> Outcome:
        hit = self._hit(context, table, key)
        for row in hit:
            del self.tables[table][row["id"] or ""]
            if table == "projects":
                tasks = self.tables["tasks"]
                for task in [name for name, task in tasks.items() if task["project_id"] == row["id"]]:
                    del tasks[task]
        return ("rows", len(hit))

    def _hit(self, context: Context, table: str, key: str | None) -> list[Row]:
        rows = [row for row in self.tables[table].values() if self.may_change(context, table, row)]
        if key is None:
            return rows
        return [row for row in rows if row["id"] == key and self.sees(context, table, row)]

    def _has_parent(self, table: str, row: Row) -> bool:
        if table != "tasks":
            return True
        parent = self.tables["projects"].get(row["project_id"] or "")
        return parent is not None and parent["organization_id"] == row["organization_id"]
