"""Today's production in a Neon of the sandbox, migrated and secured."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from database.row_security import checks
from database.row_security.declaration import Declaration
from database.row_security.row_security import Security
from database.runner.runner import Runner
from sandbox.base.home import AUTO, Home
from sandbox.cloud import scenarios
from sandbox.cloud.neon.compute import storage
from tests.sandbox.cloud.neon.harness import Neon, client, running

SQL = Path("sql")
PASSWORDS = {role: secrets.token_urlsafe(24) for role in ("prductr_app", "prductr_service")}


@dataclass(frozen=True)
class Production:
    """Its addresses by role. Python's driver uses them as they are; others need the port of the front door."""

    neon: Neon
    owner: str
    host: str
    """The pooled host."""

    @property
    def app(self) -> str:
        """The application's pooled URL."""
        return f"postgresql://prductr_app:{PASSWORDS['prductr_app']}@{self.host}/neondb?sslmode=require"

    @property
    def fetch_endpoint(self) -> str:
        """The endpoint of Neon's HTTP driver."""
        return f"http://127.0.0.1:{self.neon.context.home.ports.cloud}/neon/sql"


@contextmanager
def production(folder: Path) -> Iterator[Production]:
    """Yield a production that runs until the end of the block; `folder` becomes the sandbox's home."""
    home = Home.create(folder, AUTO)
    shell = pytest.MonkeyPatch()
    shell.setenv("PGHOSTADDR", "127.0.0.1")
    shell.setenv("PGPORT", str(home.ports.postgres))
    try:
        with running(home, scenarios.load("production")["neon"]) as context, client(context) as neon:
            endpoint = context.store.find("neon.endpoints")[0]
            path = f"/projects/{endpoint['project_id']}/connection_uri"
            query = {"database_name": "neondb", "role_name": "neondb_owner"}
            owner = neon.call("GET", path, query=query)["uri"]
            Runner(owner, SQL / "migrations").run()
            declaration = Declaration(SQL / "security")
            Security(url=owner, declaration=declaration, checks=checks.load(SQL / "checks")).apply(PASSWORDS)
            yield Production(neon, owner, endpoint["host"].replace(".", "-pooler.", 1))
    finally:
        shell.undo()
        storage.remove(home.path)
