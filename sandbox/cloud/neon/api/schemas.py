"""The schema of a database, now or at an earlier moment, and its difference from that of another branch."""

from __future__ import annotations

import difflib
import os
import re
import subprocess

from starlette.routing import Route

from sandbox.cloud.neon.api import points_in_time
from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.compute import Moment
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import DATABASES, ApiError, invalid, not_found, refused, required
from sandbox.postgres import Postgres, installation
from sandbox.state import Document

_SECONDS = 120
_CONTEXT_LINES = 3
_KEYS = re.compile(r"^\\(?:un)?restrict .*\n", re.MULTILINE)
"""Random keys in each dump, which would make any two dumps differ."""


def routes(plane: ControlPlane) -> list[Route]:
    """Return the two routes."""
    one = "/projects/{project_id}/branches/{branch_id}"
    return [
        route(plane, "GET", f"{one}/schema", read),
        route(plane, "GET", f"{one}/compare_schema", compare),
    ]


def read(plane: ControlPlane, call: Call) -> Answer:
    """Return the schema as SQL."""
    if call.query.get("format", "sql") not in ("sql", ""):
        raise invalid("format: this sandbox gives a schema as sql only")
    branch, at = _asked(plane, call, call.path["branch_id"], "")
    return 200, {"sql": _schema(plane, branch, required(call.query, "db_name"), at)}


def compare(plane: ControlPlane, call: Call) -> Answer:
    """Return a unified diff from the schema of the base branch (by default the parent) to that of the branch."""
    name = required(call.query, "db_name")
    branch, at = _asked(plane, call, call.path["branch_id"], "")
    base_id = call.query.get("base_branch_id") or branch.get("parent_id")
    if not base_id:
        raise refused("the branch has no parent to compare with: base_branch_id is required")
    base, base_at = _asked(plane, call, base_id, "base_")
    sides = [
        (_schema(plane, one, name, moment).splitlines(keepends=True), f"Database: {name}\t(Branch: {one['id']})")
        for one, moment in ((base, base_at), (branch, at))
    ]
    (old, old_label), (new, new_label) = sides
    return 200, {"diff": "".join(difflib.unified_diff(old, new, old_label, new_label, n=_CONTEXT_LINES))}


def _asked(plane: ControlPlane, call: Call, branch_id: str, prefix: str) -> tuple[Document, Moment | None]:
    project = plane.project(call.path["project_id"])
    branch = plane.branch(project["id"], branch_id)
    at = points_in_time.asked_for(call.query, f"{prefix}timestamp", f"{prefix}lsn")
    if at:
        points_in_time.ensure_kept(plane, project, branch, at)
    return branch, at


def _schema(plane: ControlPlane, branch: Document, database: str, at: Moment | None) -> str:
    if at:
        with plane.computes.past(branch["id"], at) as server:
            return _dump(server, database)
    if plane.store.get(DATABASES, f"{branch['id']}/{database}") is None:
        raise not_found("database")
    return _dump(plane.computes.start(branch["id"]), database)


def _dump(server: Postgres, database: str) -> str:
    """Return the output of pg_dump for a database. Raises ApiError: 404 if the database does not exist."""
    command = [str(installation() / "bin" / "pg_dump"), "--schema-only", "--no-password", "--dbname", database]
    command += ["--host=127.0.0.1", f"--port={server.port}", f"--username={server.superuser}"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(
        command,
        env=inherited | {"PGPASSWORD": server.password},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode and f'database "{database}" does not exist' in done.stderr:
        raise not_found("database")
    if done.returncode:
        raise ApiError(500, f"pg_dump failed: {done.stderr.strip()}")
    return _KEYS.sub("", done.stdout)
