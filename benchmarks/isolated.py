"""A server with the secured schema, as on Neon: its owner is not a superuser but holds BYPASSRLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from database.row_security import Declaration, Security, checks
from database.runner import Runner
from sandbox.postgres import VOLATILE, Postgres, scratch_server

SQL = Path(__file__).parents[1] / "sql"
DECLARATION = Declaration(SQL / "security")
CHECKS = checks.load(SQL / "checks")
DATABASE = "secured"


@contextmanager
def secured(settings: tuple[tuple[str, str], ...] = VOLATILE) -> Iterator[Postgres]:
    """Start the server with these settings; the application's password is the superuser's."""
    with scratch_server(settings) as server:
        with psycopg.connect(server.uri(), autocommit=True) as connection:
            owner = "create role neondb_owner login createrole createdb bypassrls replication password"
            connection.execute(f"{owner} '{server.password}'".encode())
            connection.execute(f"create database {DATABASE} owner neondb_owner".encode())
        url = server.uri(DATABASE, "neondb_owner")
        Runner(url, SQL / "migrations").run()
        passwords = dict.fromkeys(("prductr_app", "prductr_service"), server.password)
        Security(url=url, declaration=DECLARATION, checks=CHECKS).apply(passwords)
        with psycopg.connect(url, autocommit=True) as connection:
            # A global agent, so that the trigger that guards references to agents hides no mistake of a policy.
            connection.execute("insert into public.agents (id, name, provider, model) values ('shared', 's', 's', 's')")
        yield server
