"""Neon's work inside a branch's PostgreSQL, as a superuser that no client can log in as.

The statements have the same effect as those of Neon's compute (its `compute_tools`): roles created through the API are
members of `neon_superuser` and bypass row security; roles created in SQL are not and do not. Each step is repeatable.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from sandbox.postgres import Postgres

SUPERUSER = "cloud_admin"
"""Neon's own superuser. Its password never leaves the sandbox's store."""
NEON_SUPERUSER = "neon_superuser"
_CONNECT_SECONDS = 20

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def _session(server: Postgres, database: str = "postgres") -> Iterator[Connection]:
    with psycopg.connect(
        server.uri(database), autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name="compute_ctl"
    ) as connection:
        yield connection


def prepare(server: Postgres) -> None:
    """Create Neon's group role in a new cluster; all roles of the API are its members."""
    with _session(server) as connection:
        if _exists(connection, "select from pg_roles where rolname = %s", NEON_SUPERUSER):
            return
        with connection.transaction():
            connection.execute(
                "create role neon_superuser createdb createrole nologin replication bypassrls"
                " in role pg_read_all_data, pg_write_all_data"
            )
            connection.execute("grant pg_create_subscription to neon_superuser")
            connection.execute("grant pg_monitor, pg_signal_backend to neon_superuser with admin option")


def position(server: Postgres) -> tuple[str, float]:
    """Return the end of the server's WAL (LSN), and the time of its clock (seconds since 1970)."""
    with _session(server) as connection:
        row = connection.execute(
            "select pg_current_wal_insert_lsn()::text, extract(epoch from clock_timestamp())::float8"
        ).fetchone()
    assert row is not None
    return str(row[0]), float(row[1])


def finish_segment(server: Postgres) -> str:
    """Commit a transaction that changes nothing, start a new WAL segment, and return the name of the finished one."""
    with _session(server) as connection:
        # Recovery to a time ends only when it meets a later commit.
        connection.execute("select pg_current_xact_id()")
        # One byte back: at the very beginning of a segment, the finished one is the one before.
        row = connection.execute("select pg_walfile_name(pg_current_wal_insert_lsn() - 1)").fetchone()
        connection.execute("select pg_switch_wal()")
    assert row is not None
    return str(row[0])


def roles(server: Postgres) -> list[str]:
    """Return the roles that were created through the API."""
    with _session(server) as connection:
        found = connection.execute(
            "select rolname from pg_roles join pg_auth_members on member = pg_roles.oid"
            " where roleid = 'neon_superuser'::regrole and rolbypassrls order by pg_roles.oid"
        ).fetchall()
    return [str(row[0]) for row in found]


def databases(server: Postgres) -> dict[str, str]:
    """Return the databases and their owners, without PostgreSQL's own databases."""
    with _session(server) as connection:
        found = connection.execute(
            "select datname, pg_get_userbyid(datdba) from pg_database"
            " where datallowconn and not datistemplate and datname <> 'postgres' order by oid"
        ).fetchall()
    return {str(name): str(owner) for name, owner in found}


def create_role(server: Postgres, name: str, password: str | None) -> None:
    """Create a role as the API does; without a password it cannot log in."""
    with _session(server) as connection:
        if not _exists(connection, "select from pg_roles where rolname = %s", name):
            # The attributes are explicit: members of neon_superuser do not inherit them.
            attributes = "inherit createrole createdb bypassrls replication in role neon_superuser"
            _run(connection, f"create role {{}} {attributes} {'login' if password else 'nologin'}", name)
        if password:
            _set_password(connection, name, password)


def set_password(server: Postgres, name: str, password: str) -> None:
    """Replace a role's password."""
    with _session(server) as connection:
        _set_password(connection, name, password)


@dataclass(frozen=True, kw_only=True)
class ScramVerifier:
    """PostgreSQL's stored form of a password (RFC 5802). A password that is set again gets another salt."""

    salt: bytes
    stored_key: bytes
    server_key: bytes


def scram_verifier(server: Postgres, role: str) -> ScramVerifier | None:
    """Return the verifier of a role's password; None if the role has none of this kind."""
    with _session(server) as connection:
        row = connection.execute("select rolpassword from pg_authid where rolname = %s", (role,)).fetchone()
    scheme, _, rest = (row[0] or "" if row else "").partition("$")
    if scheme != "SCRAM-SHA-256":
        return None
    # SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY
    salted, _, keys = rest.partition("$")
    parts = (salted.partition(":")[2], *keys.split(":"))
    salt, stored_key, server_key = (base64.b64decode(part) for part in parts)
    return ScramVerifier(salt=salt, stored_key=stored_key, server_key=server_key)


def drop_role(server: Postgres, name: str) -> None:
    """Drop a role. Its objects go to the owner of their database."""
    with _session(server) as connection:
        if not _exists(connection, "select from pg_roles where rolname = %s", name):
            return
        databases = connection.execute(
            "select datname, pg_get_userbyid(datdba) from pg_database where datallowconn and not datistemplate"
        ).fetchall()
        for database, owner in databases:
            with _session(server, database) as inside, inside.transaction():
                _run(inside, "reassign owned by {} to {}", name, owner)
                _run(inside, "drop owned by {}", name)
        _run(connection, "drop role {}", name)


def create_database(server: Postgres, name: str, owner: str) -> None:
    """Create a database. Its schema `public` belongs to `pg_database_owner`, so the owner may create objects in it."""
    with _session(server) as connection:
        if not _exists(connection, "select from pg_database where datname = %s", name):
            _run(connection, "create database {} owner {}", name, owner)
        _run(connection, "grant all privileges on database {} to neon_superuser", name)
    with _session(server, name) as connection:
        for kind in ("tables", "sequences"):
            grant = f"grant all on {kind} to neon_superuser with grant option"
            _run(connection, f"alter default privileges in schema public {grant}")


def alter_database(server: Postgres, name: str, new_name: str, owner: str) -> None:
    """Rename a database and give it to `owner`. A rename disconnects its clients."""
    with _session(server) as connection:
        if name != new_name and _exists(connection, "select from pg_database where datname = %s", name):
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
            _run(connection, "alter database {} rename to {}", name, new_name)
        _run(connection, "alter database {} owner to {}", new_name, owner)


def empty(server: Postgres) -> None:
    """Remove every row and keep the schema; sequences start again."""
    for database in databases(server):
        with _session(server, database) as connection, connection.transaction():
            connection.execute("set local session_replication_role = replica")  # no trigger fires
            for kinds, statement in _EMPTYING:
                for (name,) in connection.execute(_OWN_RELATIONS, (list(kinds),)).fetchall():
                    connection.execute(sql.SQL(statement).format(sql.SQL(name)))
            connection.execute("select lo_unlink(oid) from pg_largeobject_metadata")


_OWN_RELATIONS = """
    select format('%%I.%%I', nspname, relname) from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relkind = any(%s::"char"[]) and relpersistence <> 't'
      and nspname <> 'information_schema' and nspname not like 'pg\\_%%'
    order by 1
"""
_EMPTYING: tuple[tuple[str, LiteralString], ...] = (
    ("rp", "truncate {} restart identity cascade"),
    ("S", "alter sequence {} restart"),
    ("m", "refresh materialized view {} with no data"),
)


def drop_database(server: Postgres, name: str) -> None:
    """Drop a database and disconnect its clients."""
    with _session(server) as connection:
        _run(connection, "drop database if exists {} with (force)", name)


def _set_password(connection: Connection, name: str, password: str) -> None:
    """Set a password by its verifier: a statement with the password itself could end up in the server's log."""
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    statement = sql.SQL("alter role {} password {}").format(sql.Identifier(name), verifier.decode())
    connection.execute(statement)


def _run(connection: Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def _exists(connection: Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None
