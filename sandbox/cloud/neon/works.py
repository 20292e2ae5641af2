"""The work that operations do: one method for each kind, named in the operation."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.cloud.neon import cluster
from sandbox.cloud.neon.computes import Computes
from sandbox.cloud.neon.documents import BRANCHES, DATABASES, ENDPOINTS, ROLES
from sandbox.cloud.neon.operations import Work
from sandbox.cloud.store import Document, Store
from sandbox.postgres import Postgres

Settle = Callable[[str, str, str, str], None]
"""Notes the state that a document has reached: collection, id, state, and the key for the time."""


class Works:
    """Every step may be repeated: a crash between the work and its note makes it run twice."""

    def __init__(self, store: Store, computes: Computes, settle: Settle) -> None:
        self._store = store
        self._computes = computes
        self._settle = settle

    def by_name(self) -> dict[str, Work]:
        """What operations may order."""
        return {
            "create_timeline": self._create_timeline,
            "delete_timeline": lambda operation: self._computes.discard(operation["branch_id"]),
            "start_compute": self._start_compute,
            "suspend_compute": self._suspend_compute,
            "create_role": self._create_role,
            "set_password": self._set_password,
            "drop_role": self._drop_role,
            "create_database": self._create_database,
            "alter_database": self._alter_database,
            "drop_database": self._drop_database,
        }

    def _create_timeline(self, operation: Document) -> None:
        """Make the branch's cluster. A child has its parent's databases and roles, perhaps with new passwords."""
        branch_id = operation["branch_id"]
        self._computes.create(branch_id)
        server = self._computes.start(branch_id)
        cluster.prepare(server)
        for role in self._store.find(ROLES, branch_id=branch_id):
            cluster.create_role(server, role["name"], role["_password"])
        if not operation["_details"].get("child"):
            for database in self._store.find(DATABASES, branch_id=branch_id):
                cluster.create_database(server, database["name"], database["owner_name"])
        self._settle(BRANCHES, branch_id, "ready", "state_changed_at")

    def _start_compute(self, operation: Document) -> None:
        self._computes.start(operation["branch_id"])
        self._settle(ENDPOINTS, operation["endpoint_id"], "active", "started_at")

    def _suspend_compute(self, operation: Document) -> None:
        """Stop the branch's server, unless another endpoint of the branch still uses it."""
        self._settle(ENDPOINTS, operation["endpoint_id"], "idle", "suspended_at")
        others = self._store.find(ENDPOINTS, branch_id=operation["branch_id"], current_state="active")
        if not others and self._store.get(BRANCHES, operation["branch_id"]):
            self._computes.stop(operation["branch_id"])

    def _create_role(self, operation: Document) -> None:
        role = self._role(operation)
        cluster.create_role(self._server(operation), role["name"], role["_password"])

    def _set_password(self, operation: Document) -> None:
        role = self._role(operation)
        cluster.set_password(self._server(operation), role["name"], role["_password"])

    def _drop_role(self, operation: Document) -> None:
        cluster.drop_role(self._server(operation), operation["_details"]["name"])

    def _create_database(self, operation: Document) -> None:
        details = operation["_details"]
        cluster.create_database(self._server(operation), details["name"], details["owner"])

    def _alter_database(self, operation: Document) -> None:
        details = operation["_details"]
        cluster.alter_database(self._server(operation), details["name"], details["new_name"], details["owner"])

    def _drop_database(self, operation: Document) -> None:
        cluster.drop_database(self._server(operation), operation["_details"]["name"])

    def _server(self, operation: Document) -> Postgres:
        return self._computes.start(operation["branch_id"])

    def _role(self, operation: Document) -> Document:
        """The role with its password, which no operation holds. It exists: its branch is locked until this is done."""
        role = self._store.get(ROLES, f"{operation['branch_id']}/{operation['_details']['name']}")
        assert role is not None
        return role
