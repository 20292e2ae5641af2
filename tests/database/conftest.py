"""A secured database as on Neon: its owner is not a superuser, has BYPASSRLS and CREATEROLE, and made the two roles.

Roles belong to the whole server, so this folder has a server of its own. The secured database is built once and copied.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from database.isolation.session import insert
from database.isolation.tenants import TABLES, Tenant
from database.row_security import checks
from database.row_security.declaration import Declaration
from database.row_security.row_security import Security
from database.runner.runner import Runner
from sandbox.postgres.scratch import VOLATILE, scratch_server
from sandbox.postgres.server import Postgres

PASSWORDS = {role: secrets.token_urlsafe(24) for role in ("prductr_app", "prductr_service")}
OWNER_PASSWORD = secrets.token_urlsafe(24)
SQL = Path("sql")

A = Tenant("seed", "a")
B = Tenant("seed", "b")
SHARED_AGENT = "seed-shared-agent"


@dataclass(frozen=True)
class Database:
    """URLs of one database by role."""

    server: Postgres
    name: str

    @property
    def owner(self) -> str:
        return self.server.uri(self.name, "neondb_owner", OWNER_PASSWORD)

    @property
    def app(self) -> str:
        return self.server.uri(self.name, "prductr_app", PASSWORDS["prductr_app"])

    @property
    def service(self) -> str:
        return self.server.uri(self.name, "prductr_service", PASSWORDS["prductr_service"])

    @property
    def superuser(self) -> str:
        return self.server.uri(self.name)

    def security(self) -> Security:
        return Security(url=self.owner, declaration=Declaration(SQL / "security"), checks=checks.load(SQL / "checks"))

    def execute(self, *statements: str) -> None:
        """Run statements as the owner, behind the stack's back."""
        self._execute(self.owner, statements)

    def execute_as_superuser(self, *statements: str) -> None:
        """Run statements that not even the owner may run."""
        self._execute(self.superuser, statements)

    def _execute(self, url: str, statements: tuple[str, ...]) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A server whose `neondb_owner` has the attributes of Neon's."""
    with scratch_server(VOLATILE) as server:
        with psycopg.connect(server.uri(), autocommit=True) as connection:
            connection.execute("create role neon_superuser createdb createrole nologin replication bypassrls")
            connection.execute("grant pg_read_all_data, pg_write_all_data to neon_superuser")
            connection.execute(
                "create role neondb_owner inherit login createrole createdb bypassrls replication in role "
                f"neon_superuser password '{OWNER_PASSWORD}'"
            )
        yield server


@pytest.fixture(scope="session")
def template(server: Postgres) -> Database:
    """Migrated, secured, and holding the rows of two tenants and a global agent."""
    database = empty(server, "secured_template")
    Runner(database.owner, SQL / "migrations").run()
    database.security().apply(PASSWORDS)
    seed(database.app)
    with psycopg.connect(database.owner, autocommit=True) as connection:
        connection.execute(*insert("agents", A.row("agents") | {"id": SHARED_AGENT, "organization_id": None}))
        connection.execute("analyze")
    return database


@pytest.fixture(scope="session")
def secured(template: Database) -> Iterator[Database]:
    """A database for tests that change nothing: they roll back."""
    yield from copy(template)


@pytest.fixture
def scratch(template: Database) -> Iterator[Database]:
    """A database for tests that change it; their changes to roles are undone."""
    try:
        yield from copy(template)
    finally:
        restore_roles(template)


@pytest.fixture
def app(secured: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the application, rolled back."""
    with psycopg.connect(secured.app) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def act(app: psycopg.Connection[Any]) -> Callable[[Tenant], None]:
    """Act for a tenant's owner within this transaction."""

    def within(tenant: Tenant) -> None:
        app.execute("select public.set_context(%s, %s)", (tenant.user, tenant.organization))

    return within


def empty(server: Postgres, name: str) -> Database:
    with psycopg.connect(server.uri(), autocommit=True) as connection:
        connection.execute(f"create database {name} owner neondb_owner")
    return Database(server, name)


def copy(template: Database) -> Iterator[Database]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(template.server.uri(), autocommit=True) as connection:
        connection.execute(f"create database {name} owner neondb_owner template {template.name}")
        # A copy has the rights of a new database; a Neon branch, which copies the storage, has its parent's.
        connection.execute(f"revoke temporary on database {name} from public")
        yield Database(template.server, name)
        connection.execute(f"drop database {name} with (force)")


def restore_roles(template: Database) -> None:
    with psycopg.connect(template.server.uri(), autocommit=True) as connection:
        for role, password in PASSWORDS.items():
            connection.execute(
                f"alter role {role} nosuperuser nobypassrls nocreaterole nocreatedb noreplication login noinherit "
                f"password '{password}'"
            )
            connection.execute(f"alter role {role} reset all")
        members = connection.execute(
            "select r.rolname, m.rolname from pg_auth_members a join pg_roles r on r.oid = a.roleid "
            "join pg_roles m on m.oid = a.member where 'prductr_app' in (r.rolname, m.rolname) "
            "and m.rolname <> 'neondb_owner'"
        ).fetchall()
        for role, member in members:
            connection.execute(f'revoke "{role}" from "{member}" cascade')


def seed(application_url: str) -> None:
    """Rows of tenants B and A in every table, written by the application; B's first."""
    with psycopg.connect(application_url) as connection:
        for tenant in (B, A):
            connection.execute("select public.set_context(%s, %s)", (tenant.user, ""))
            for table in TABLES:
                if table == "organization_members":
                    owner = tenant.row(table) | {"id": f"{tenant.id(table)}-owner", "user_id": tenant.user}
                    connection.execute(*insert(table, owner | {"role": "owner"}))
                    connection.execute("select public.set_context(%s, %s)", (tenant.user, tenant.organization))
                connection.execute(*insert(table, tenant.row(table)))
            connection.execute("select public.add_member(%s, 'viewer')", (f"{tenant.user}-viewer",))
            connection.execute("select public.add_member(%s, 'admin')", ("seed-both",))
