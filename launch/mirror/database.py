"""Read the contents of a database: roles, schema, grants and row counts, in one transaction that cannot write."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import make_conninfo

from contract.problem import Problem
from database.branch_rows import KEPT
from database.postgres import connect, literal, name, safe_url
from database.sqltext import Statement, split
from launch.mirror import roles
from launch.mirror.model import Document, Reading
from launch.mirror.relay import PORT, relay
from launch.mirror.tables import Table, read_tables

_APPLICATION = "launch mirror"
_DUMP_SECONDS = 600
_METACOMMANDS = re.compile(r"^\\(un)?restrict .*\n", re.MULTILINE)
_WITH_CREDENTIALS = (
    ("create", "server"),
    ("alter", "server"),
    ("create", "user", "mapping"),
    ("create", "subscription"),
    ("alter", "subscription"),
    ("comment", "on", "server"),
)
"""Beginnings of statements whose options may contain passwords, and of comments on the same objects."""
_FOREIGN = ({"foreign", "data", "wrapper"}, {"foreign", "server"})
"""Words of other statements about the same objects, such as grants."""
_RIGHTS = ("grant", "revoke", "create", "alter", "comment")
_FOREIGN_TABLES = """
select pg_catalog.format('%I.%I', nspname, relname) from pg_catalog.pg_class
join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace where relkind = 'f'
"""
_SEQUENCES = """
select pg_catalog.format('%I.%I', schemaname, sequencename), last_value
from pg_catalog.pg_sequences where last_value is not null
"""
_ARGUMENTS = (
    "--schema-only",
    "--use-set-session-authorization",  # the loading superuser's default privileges must not apply
    "--no-publications",
    "--no-subscriptions",
    "--no-security-labels",
    "--no-tablespaces",
)
_OWN_SCHEMA = "launch"
"""The ledger's schema. Its rows are part of the structure: without them every migration would run again."""

Connection = psycopg.Connection[tuple[Any, ...]]
RowsOf = Callable[[Connection, list[Table], Reading], str]
"""Returns SQL that fills the tables."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Reads databases into a folder's files."""

    reading: Reading
    pg_dump: Path
    address: Mapping[str, str]
    """`hostaddr` and `port` if the database is not found by its name, as in a sandbox."""
    rows: RowsOf | None
    """If None, only the launch's own tables get rows."""

    def __call__(self, url: str, folder: str, api_roles: list[str], database: Document) -> Document:
        """Read one database, and return the names of its files. Raises DatabaseError or Problem."""
        url = _at(url, self.address)
        label = str(database["name"])
        self.reading.secrets.add(urlsplit(url).password or "")
        with connect(url, application_name=_APPLICATION) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("set local row_security = off")  # fail instead of silently leaving rows out
            snapshot = str(_one(connection, "select pg_catalog.pg_export_snapshot()"))
            tables = read_tables(connection)
            for table in tables:
                self.reading.tables[f"{label} {table}"] = table.rows
            foreign = [str(row[0]) for row in connection.execute(_FOREIGN_TABLES).fetchall()]
            rows = self._rows(connection, tables)
            files = {
                f"{folder}/roles.sql": roles.read(connection, api_roles, label),
                f"{folder}/{label}.schema.sql": self._schema(url, snapshot, foreign),
                f"{folder}/{label}.rows.sql": rows,
            }
        self.reading.files |= files
        return {"files": list(files)}

    def _rows(self, connection: Connection, tables: list[Table]) -> str:
        own = [table for table in tables if _is_own(table)]
        others = [table for table in tables if not _is_own(table)]
        parts = [
            copied(connection, table, {column.name: name(column.name) for column in table.columns}) for table in own
        ]
        if self.rows is not None:
            parts.append(self.rows(connection, others, self.reading))
        sequences = connection.execute(_SEQUENCES).fetchall()
        parts += [f"select pg_catalog.setval({literal(each)}, {value});" for each, value in sequences]
        # No trigger fires, and the order of foreign keys does not matter.
        return "\n".join(["set session_replication_role = replica;", *filter(None, parts), ""])

    def _schema(self, url: str, snapshot: str, foreign: list[str]) -> str:
        parts = urlsplit(url)
        without = [f"--exclude-table={each}" for each in foreign]
        if foreign:
            self.reading.notes.append(f"The foreign tables {', '.join(foreign)} are left out.")
        # The password is not an argument, since anybody can list those; the address is the relay's.
        environment = {key: value for key, value in os.environ.items() if key not in ("PGHOSTADDR", "PGPORT")}
        options = f"{os.environ.get('PGOPTIONS', '')} -c default_transaction_read_only=on".strip()
        environment |= {"PGPASSWORD": unquote(parts.password or ""), "PGOPTIONS": options}
        with relay(url) as folder:
            where = {
                "host": folder,
                "port": str(PORT),
                "user": unquote(parts.username or ""),
                "dbname": unquote(parts.path[1:]),
            }
            done = subprocess.run(
                [str(self.pg_dump), *_ARGUMENTS, *without, f"--snapshot={snapshot}", make_conninfo(**where)],
                env=environment,
                capture_output=True,
                text=True,
                timeout=_DUMP_SECONDS,
                check=False,
            )
        if done.returncode:
            remedy = "Install the client programs of the server's release (or newer), for example postgresql-client-18."
            raise Problem(f"pg_dump failed: {done.stderr.strip()}", where=safe_url(url), remedy=remedy)
        return self._without_credentials(_METACOMMANDS.sub("", done.stdout))

    def _without_credentials(self, dump: str) -> str:
        kept, left_out = [], 0
        for statement in split(dump):
            if _may_hold_password(statement):
                left_out += 1
            else:
                kept.append(f"{statement.text};\n")
        if left_out:
            note = (
                f"{left_out} statements about foreign servers and subscriptions are left out: they may hold passwords."
            )
            self.reading.notes.append(note)
        return "\n".join(kept)


def _is_own(table: Table) -> bool:
    """Return whether its rows are the launch's, not a customer's; the twin has such rows whole."""
    return table.schema == _OWN_SCHEMA or str(table) in KEPT


def _at(url: str, address: Mapping[str, str]) -> str:
    if not address:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(address))))))


def _may_hold_password(statement: Statement) -> bool:
    if any(statement.begins(*each) for each in _WITH_CREDENTIALS):
        return True
    return statement.words[0] in _RIGHTS and any(words <= set(statement.words) for words in _FOREIGN)


def copied(connection: Connection, table: Table, expressions: dict[str, str]) -> str:
    """Return the table's rows as `insert`. `expressions` maps each column to SQL over its row, run by the server."""
    columns = [column for column in table.columns if column.name in expressions and not column.generated]
    shown = ", ".join(f"pg_catalog.quote_nullable(({expressions[each.name]})::text)" for each in columns)
    query = f"select pg_catalog.concat_ws(', ', {shown}) from only {table.quoted}"  # noqa: S608 -- names from the catalog, rules of the operator
    rows = [f"    ({row[0]})" for row in connection.execute(query.encode()).fetchall()]
    if not rows:
        return ""
    names = ", ".join(name(each.name) for each in columns)
    return f"insert into {table.quoted} ({names}) overriding system value values\n" + ",\n".join(rows) + ";"


def _one(connection: Connection, query: str) -> Any:  # noqa: ANN401 -- the query decides the type
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]
