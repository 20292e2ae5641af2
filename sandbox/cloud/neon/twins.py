"""The Neon projects of a twin: the real ids, hosts, roles and schemas, with new passwords."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from sandbox.base import free_port
from sandbox.cloud.neon.auth import instances
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import (
    BRANCHES,
    DATABASES,
    ENDPOINTS,
    PROJECTS,
    ROLES,
    Order,
    naming,
)
from sandbox.cloud.neon.model import COLLECTION as OPERATIONS
from sandbox.cloud.scenarios import ScenarioError
from sandbox.state import Document


def make(plane: ControlPlane, twin: Document) -> None:
    """Create one project with its branches, parents first. Raises ScenarioError."""
    project, branches = twin["project"], _parents_first(twin["branches"])
    with plane.store.transaction():
        plane.store.put(PROJECTS, project["id"], project)
        for branch in branches:
            _store(plane, twin, branch)
    for branch in branches:
        _run(plane, project["id"], branch)
        # A child is a copy of its parent's cluster, so the parent is filled first.
        _fill(plane, branch["id"], twin["sql"].get(branch["id"]) or {})
    for endpoint in twin["endpoints"]:
        asleep = endpoint["current_state"] != "active"
        if asleep and (stored := plane.store.get(ENDPOINTS, endpoint["id"])):
            plane.store.put(ENDPOINTS, endpoint["id"], stored | {"current_state": "idle"})
    for branch, auth in twin["auth"].items():
        _auth(plane, branch, auth)


def _parents_first(branches: list[Document]) -> list[Document]:
    known: set[str | None] = {None}
    found: list[Document] = []
    waiting = sorted(branches, key=lambda one: str(one["created_at"]))
    ids = {one["id"] for one in branches}
    while waiting:
        ready = [one for one in waiting if one.get("parent_id") in known or one.get("parent_id") not in ids]
        if not ready:
            raise ScenarioError("the parents of the branches form a cycle")
        found += ready
        known |= {one["id"] for one in ready}
        waiting = [one for one in waiting if one["id"] not in known]
    return found


def _store(plane: ControlPlane, twin: Document, branch: Document) -> None:
    id_, parent = branch["id"], plane.store.get(BRANCHES, str(branch.get("parent_id")))
    password = parent["_superuser_password"] if parent else naming.password()
    hidden = {"port": free_port(), "_timeline": {"name": id_}, "_superuser_password": password}
    plane.store.put(BRANCHES, id_, branch | hidden)
    for endpoint in (one for one in twin["endpoints"] if one["branch_id"] == id_):
        plane.store.put(ENDPOINTS, endpoint["id"], endpoint)
    for role in twin["roles"].get(id_, []):
        inherited = plane.store.get(ROLES, f"{branch.get('parent_id')}/{role['name']}")
        password = inherited["_password"] if inherited else naming.password()
        plane.store.put(ROLES, f"{id_}/{role['name']}", role | {"_password": password})
    for database in twin["databases"].get(id_, []):
        plane.store.put(DATABASES, f"{id_}/{database['name']}", database)


def _run(plane: ControlPlane, project: str, branch: Document) -> None:
    details: tuple[tuple[str, Any], ...] = (("child", True),) if branch.get("parent_id") else ()
    # The work records its own times, so the state from the folder is restored afterwards.
    before = {key: branch[key] for key in ("current_state", "state_changed_at") if key in branch}
    endpoints = plane.store.find(ENDPOINTS, branch_id=branch["id"])
    with plane.change() as change:
        creating = Order(action="create_timeline", branch_id=branch["id"], work="create_timeline", details=details)
        starting = [
            Order(action="start_compute", branch_id=branch["id"], endpoint_id=one["id"], work="start_compute")
            for one in endpoints
        ]
        operations = change.order(project, creating, *starting)
    plane.operations.drain()
    for operation in operations:
        stored = plane.store.get(OPERATIONS, operation["id"])
        if stored is None or stored["_outcome"] != "finished":
            raise ScenarioError(f"branch {branch['name']}: {stored and stored.get('error')}")
        plane.store.delete(OPERATIONS, operation["id"])
    with plane.store.transaction():
        stored = plane.store.get(BRANCHES, branch["id"])
        assert stored is not None
        plane.store.put(BRANCHES, branch["id"], stored | before)
        for one in endpoints:
            plane.store.put(ENDPOINTS, one["id"], one | {"current_state": "active"})


def _fill(plane: ControlPlane, branch: str, databases: dict[str, list[str]]) -> None:
    """Run the files as the superuser; afterwards everything belongs to the database's owner."""
    server = plane.computes.server(branch)
    for database, files in databases.items():
        for name in files:
            try:
                with psycopg.connect(server.uri(database), options="-c client_min_messages=error") as connection:
                    connection.execute(Path(name).read_bytes())
            except (OSError, psycopg.Error) as error:
                raise ScenarioError(f"{name}: {error}") from error


def _auth(plane: ControlPlane, branch: str, auth: Document) -> None:
    parts = urlsplit(str(auth["base_url"]))
    database = parts.path.strip("/").partition("/")[0]
    made = instances.add(plane.store, parts.hostname or "", database, branch)
    if auth.get("created_at"):
        instances.put(plane.store, made | {"created_at": auth["created_at"]})
