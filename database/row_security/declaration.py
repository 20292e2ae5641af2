"""The declared state of row security: the files of `sql/security` and the facts that they produce.

`declared.json` holds the facts as PostgreSQL reads them back after applying the files. It is generated: an edit without
effect leaves it unchanged, and a review sees the real effect of an edit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from database.postgres import DatabaseError, server_error
from database.row_security.facts import APPLICATION_ROLES, Facts
from database.row_security.facts import facts as catalog
from database.sqltext import place

FACTS = "declared.json"


@dataclass(frozen=True)
class Declaration:
    """The declaration in a directory."""

    directory: Path

    @property
    def roles(self) -> Path:
        """The file that creates the roles; it needs the temporary table of passwords."""
        return self._file("roles.sql")

    @property
    def functions(self) -> list[Path]:
        """The files of functions; each replaces the functions that it names."""
        return self._files("functions")

    @property
    def grants(self) -> Path:
        """The file that grants the right to execute functions."""
        return self._file("grants.sql")

    @property
    def tables(self) -> dict[str, Path]:
        """One file for each table: flags, policies, guarding triggers, grants."""
        return {path.stem: path for path in self._files("tables")}

    @property
    def views(self) -> dict[str, Path]:
        """One file for each view: options and grants."""
        return {path.stem: path for path in self._files("views")}

    @cached_property
    def facts(self) -> Facts:
        """The facts that the database must hold."""
        path = self._file(FACTS)
        facts = Facts.from_json(path.read_text())
        undeclared = {name for name, value in facts.of("relation") if value["kind"] == "table"} ^ self.tables.keys()
        if undeclared:
            raise DatabaseError(
                f"{', '.join(sorted(undeclared))}: the table has a file but no facts, or facts but no file",
                where=str(path),
                remedy="Run `launch db snapshot`.",
            )
        return facts

    def checksum(self) -> str:
        """Return the SHA-256 over every file, so an edit changes the resource."""
        digest = hashlib.sha256()
        for path in sorted(self.directory.rglob("*")):
            if path.suffix in {".sql", ".json"}:
                digest.update(f"{path.relative_to(self.directory)}\n".encode())
                digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
        return digest.hexdigest()

    def _file(self, name: str) -> Path:
        path = self.directory / name
        if not path.is_file():
            raise DatabaseError("the file is missing", where=str(path), remedy="Restore it from version control.")
        return path

    def _files(self, folder: str) -> list[Path]:
        paths = sorted((self.directory / folder).glob("*.sql"))
        if not paths:
            raise DatabaseError(
                "the folder has no files",
                where=str(self.directory / folder),
                remedy="Restore the folder from version control.",
            )
        return paths


def facts_of(connection: psycopg.Connection[Any], declaration: Declaration) -> Facts:
    """Return the facts that a declaration's files produce in a migrated scratch database without any of them.

    The caller rolls back, or drops the database. The roles get unknown random passwords. Raises DatabaseError for a
    file that the migrated database rejects.
    """
    connection.execute("create temporary table launch_passwords (role text, password text)")
    connection.execute(
        "insert into launch_passwords select r, gen_random_uuid()::text from unnest(%s::text[]) r",
        (list(APPLICATION_ROLES),),
    )
    files = (declaration.roles, *declaration.functions, *declaration.tables.values(), declaration.grants)
    for path in (*files, *declaration.views.values()):
        _run(connection, path)
    connection.execute("drop table launch_passwords")
    return catalog.read(connection)


def _run(connection: psycopg.Connection[Any], path: Path) -> None:
    text = path.read_text("utf-8")
    try:
        connection.execute(text.encode())
    except psycopg.Error as error:
        where = str(path)
        if position := error.diag.statement_position:
            where = ":".join(map(str, (path, *place(text, int(position) - 1))))
        raise DatabaseError(
            server_error(error, where="").what,
            where=where,
            remedy="Correct the file, or add the migration that it needs.",
        ) from None
