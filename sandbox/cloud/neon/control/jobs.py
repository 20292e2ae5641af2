"""The work of operations: one method for each kind, named in the operation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sandbox.cloud.neon.compute import Computes, Moment, cluster
from sandbox.cloud.neon.model import BRANCHES, DATABASES, ENDPOINTS, ROLES, Work, documents
from sandbox.postgres import Postgres
from sandbox.state import Document, Store

Settle = Callable[[str, str, str, str], None]
"""A callable that records the state a document has reached: collection, id, state, and the key for the time."""


class Works:
    """The work of all operations. Each must be repeatable: after a crash between work and record, it runs again."""

    def __init__(self, store: Store, computes: Computes, settle: Settle, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._computes = computes
        self._clock = clock
        self._settle = settle

    def by_name(self) -> dict[str, Work]:
        """Return the work that operations may order, by name."""
        return {
            "create_timeline": self._create_timeline,
            "delete_timeline": self._delete_timeline,
            "restore_branch": self._restore_branch,
            "start_compute": self._start_compute,
            "suspend_compute": self._suspend_compute,
            "keep_snapshot": self._keep_snapshot,
            "halt_timeline": self._halt_timeline,
            "create_role": self._create_role,
            "set_password": self._set_password,
            "drop_role": self._drop_role,
            "create_database": self._create_database,
            "alter_database": self._alter_database,
            "drop_database": self._drop_database,
        }

    def _create_timeline(self, operation: Document) -> None:
        """Create the branch's cluster. A child has its parent's databases and roles, perhaps with new passwords.

        `source` is a snapshot, or a branch that is not the parent; with `schema_only` the rows are not copied.
        """
        branch_id, details = operation["branch_id"], operation["_details"]
        self._computes.create(branch_id, _moment(details), details.get("source"))
        server = self._computes.start(branch_id)
        cluster.prepare(server)
        if details.get("at") or details.get("source"):
            self._take_over(branch_id, server)
        if details.get("schema_only"):
            cluster.empty(server)
        self._set_passwords(branch_id, server)
        if not details.get("child"):
            for database in self._store.find(DATABASES, branch_id=branch_id):
                cluster.create_database(server, database["name"], database["owner_name"])
        self._begin_history(branch_id, server)
        self._settle(BRANCHES, branch_id, "ready", "state_changed_at")

    def _delete_timeline(self, operation: Document) -> None:
        name = operation["_details"].get("timeline", operation["branch_id"])
        self._computes.discard(name, operation["branch_id"])

    def _halt_timeline(self, operation: Document) -> None:
        self._computes.halt(operation["_details"]["timeline"])

    def _keep_snapshot(self, operation: Document) -> None:
        details = operation["_details"]
        self._computes.keep(details["snapshot_id"], operation["branch_id"], _moment(details))

    def _restore_branch(self, operation: Document) -> None:
        """Replace a branch's data with other data, or with its own from another time.

        The former data may be kept as a branch.
        """
        branch_id, details = operation["branch_id"], operation["_details"]
        kept_id = details["kept_id"]
        self._computes.replace(branch_id, details["timeline"], details["source_id"], _moment(details), kept_id)
        server = self._computes.start(branch_id)
        self._take_over(branch_id, server)
        self._set_passwords(branch_id, server)
        self._begin_history(branch_id, server)
        self._rest(branch_id)
        if kept_id:
            self._settle(BRANCHES, kept_id, "ready", "state_changed_at")

    def _set_passwords(self, branch_id: str, server: Postgres) -> None:
        for role in self._store.find(ROLES, branch_id=branch_id):
            cluster.create_role(server, role["name"], role["_password"])

    def _take_over(self, branch_id: str, server: Postgres) -> None:
        """Store the roles and databases found in the branch's data. A role that was not stored gets a new password."""
        roles, databases = cluster.roles(server), cluster.databases(server)
        now = self._clock()
        with self._store.transaction():
            for collection, found in ((ROLES, roles), (DATABASES, databases)):
                for document in self._store.find(collection, branch_id=branch_id):
                    if document["name"] not in found:
                        self._store.delete(collection, f"{branch_id}/{document['name']}")
            for name in roles:
                if self._store.get(ROLES, f"{branch_id}/{name}") is None:
                    self._store.put(ROLES, f"{branch_id}/{name}", documents.role(now, branch_id, name))
            for name, owner in databases.items():
                fresh = documents.database(now, branch_id, name, owner)
                known = self._store.get(DATABASES, f"{branch_id}/{name}") or fresh
                self._store.put(DATABASES, f"{branch_id}/{name}", known | {"owner_name": owner})

    def _begin_history(self, branch_id: str, server: Postgres) -> None:
        """Record the start of the usable history: all WAL is archived, but the data is consistent from here on."""
        lsn, since = cluster.position(server)
        with self._store.transaction():
            branch = self._store.get(BRANCHES, branch_id)
            if branch:
                line = documents.timeline(branch) | {"lsn": lsn, "since": since}
                self._store.put(BRANCHES, branch_id, branch | {"_timeline": line})

    def _start_compute(self, operation: Document) -> None:
        self._computes.start(operation["branch_id"])
        self._settle(ENDPOINTS, operation["endpoint_id"], "active", "started_at")

    def _suspend_compute(self, operation: Document) -> None:
        self._settle(ENDPOINTS, operation["endpoint_id"], "idle", "suspended_at")
        self._rest(operation["branch_id"])

    def _rest(self, branch_id: str) -> None:
        """Stop the branch's server unless an endpoint uses it."""
        users = self._store.find(ENDPOINTS, branch_id=branch_id, current_state="active")
        if not users and self._store.get(BRANCHES, branch_id):
            self._computes.stop(branch_id)

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
        """Return the role with its password, which no operation contains. It exists: its branch is locked meanwhile."""
        role = self._store.get(ROLES, f"{operation['branch_id']}/{operation['_details']['name']}")
        assert role is not None
        return role


def _moment(details: Document) -> Moment | None:
    return Moment(*details["at"]) if details.get("at") else None
