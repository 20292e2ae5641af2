"""A project with a past: its events, and its contents at each time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import Neon

WRITER = [{"type": "read_write"}]
Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Past:
    """A project whose branch had one row, then another table, role and database, and then lost the first table."""

    neon: Neon
    project: Document
    before: dict[str, str]
    """The moment at which the one row existed: `time` and `lsn`."""

    @property
    def path(self) -> str:
        return f"/projects/{self.project['project']['id']}/branches"

    @property
    def uri(self) -> str:
        return str(self.project["connection_uris"][0]["connection_uri"])

    @property
    def main(self) -> str:
        """Return the id of the default branch."""
        return str(self.project["branch"]["id"])

    def branch(self, **fields: object) -> Document:
        """Make a new branch with an endpoint, ready."""
        made = self.neon.call("POST", self.path, {"branch": fields, "endpoints": WRITER}, expect=201)
        return self.neon.settled(made)

    def tables(self, uri: str) -> dict[str, Rows]:
        """Return each table with its rows."""
        with self.neon.connect(uri) as connection:
            found = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            return {str(name): connection.execute(f"table {name}").fetchall() for (name,) in found}

    def named(self, name: str) -> Document:
        """Return the branch of this name."""
        found: list[Document] = self.neon.call("GET", self.path)["branches"]
        return next(branch for branch in found if branch["name"] == name)

    def reached(self, branch_id: str) -> str:
        """Return the owner's URI of a branch, which gets an endpoint if it has none."""
        project = f"/projects/{self.project['project']['id']}"
        if not self.neon.call("GET", f"{self.path}/{branch_id}/endpoints")["endpoints"]:
            body = {"endpoint": {"branch_id": branch_id, "type": "read_write"}}
            self.neon.settled(self.neon.call("POST", f"{project}/endpoints", body, expect=201))
        query = {"branch_id": branch_id, "database_name": "neondb", "role_name": "neondb_owner"}
        return str(self.neon.call("GET", f"{project}/connection_uri", query=query)["uri"])

    def names(self, branch_id: str, what: str) -> list[str]:
        return [item["name"] for item in self.neon.call("GET", f"{self.path}/{branch_id}/{what}")[what]]


def moment(neon: Neon, uri: str) -> dict[str, str]:
    """Return the present, as a time and as an LSN, with a short distance from earlier and later events."""
    with neon.connect(uri) as connection:
        row = connection.execute("select pg_current_wal_lsn()").fetchone()
    assert row
    now = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    return {"time": now, "lsn": row[0]}


def begun(neon: Neon) -> Past:
    """Return a new project with all these events."""
    made = neon.project(name="past")
    uri = made["connection_uris"][0]["connection_uri"]
    with neon.connect(uri) as connection:
        connection.execute("create table kept (id int); insert into kept values (1)")
    before = moment(neon, uri)
    found = Past(neon, made, before)
    one = f"{found.path}/{made['branch']['id']}"
    neon.settled(neon.call("POST", f"{one}/roles", {"role": {"name": "late"}}, expect=201))
    body = {"database": {"name": "late", "owner_name": "late"}}
    neon.settled(neon.call("POST", f"{one}/databases", body, expect=201))
    with neon.connect(uri) as connection:
        connection.execute("insert into kept values (2); create table more (id int); drop table kept")
    return found
