"""A server with our schema secured, as on Neon: its owner is no superuser and holds BYPASSRLS."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from database import checks
from database.declaration import Declaration
from database.runner import Runner
from database.security import Security
from sandbox.postgres import Postgres, free_port

SQL = Path(__file__).parents[1] / "sql"
DECLARATION = Declaration(SQL / "security")
CHECKS = checks.load(SQL / "checks")
DATABASE = "secured"


@contextmanager
def secured() -> Iterator[Postgres]:
    """The server; the application's password is the superuser's."""
    folder = Path(tempfile.mkdtemp(prefix="prductr-bench-"))
    folder.chmod(0o755)
    password = secrets.token_urlsafe(16)
    settings = (("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"))
    server = Postgres(directory=folder / "data", port=free_port(), password=password, settings=settings)
    try:
        server.start()
        with psycopg.connect(server.uri(), autocommit=True) as connection:
            owner = f"create role neondb_owner login createrole createdb bypassrls replication password '{password}'"
            connection.execute(owner.encode())
            connection.execute(f"create database {DATABASE} owner neondb_owner".encode())
        url = server.uri(DATABASE, "neondb_owner")
        Runner(url, SQL / "migrations").run()
        passwords = dict.fromkeys(("prductr_app", "prductr_service"), password)
        Security(url=url, declaration=DECLARATION, checks=CHECKS).apply(passwords)
        with psycopg.connect(url, autocommit=True) as connection:
            # A global agent: what guards references to agents must not hide what a policy lets through.
            connection.execute("insert into public.agents (id, name, provider, model) values ('shared', 's', 's', 's')")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
