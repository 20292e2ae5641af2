"""The files of `sql/migrations`, as docs/migrations.md describes them."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from database.migrations import directives, statement_rules
from database.migrations.directives import Batches, FileDirectives
from database.postgres import DatabaseError
from database.sqltext import Statement, TextError, place, split

_VERSIONED = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_REPEATABLE = re.compile(r"^(R_[a-z0-9_]+)\.sql$")
_BASELINE = re.compile(r"--!\s*baseline")
_CHUNK = 1 << 20


class FileError(DatabaseError):
    """A migration file that cannot be used; `where` is file:line:column."""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file."""

    name: str
    """File name."""
    version: str
    """`0007`, or `R_topic` of a repeatable file."""
    text: str
    """Content with LF line ends and without a byte order mark."""
    checksum: str
    """SHA-256 of `text`, hexadecimal."""

    @property
    def repeatable(self) -> bool:
        """Whether it runs again after each change."""
        return self.version.startswith("R_")

    @cached_property
    def statements(self) -> list[Statement]:
        """Its statements. Raises FileError."""
        try:
            return split(self.text)
        except TextError as error:
            raise self.error(error.what, error.offset) from None

    @cached_property
    def directives(self) -> FileDirectives:
        """Its directives. Raises FileError."""
        try:
            return directives.of_file(self.statements[0].leading if self.statements else (), 0)
        except TextError as error:
            raise self.error(error.what, error.offset) from None

    @cached_property
    def batches(self) -> dict[int, Batches]:
        """The batched statements, by position in `statements`. Raises FileError."""
        found = {}
        for position, statement in enumerate(self.statements):
            try:
                batches = directives.of_statement(
                    statement, transaction=self.directives.transaction, first=position == 0
                )
            except TextError as error:
                raise self.error(error.what, error.offset) from None
            if batches:
                found[position] = batches
        return found

    def validate(self) -> None:
        """Raise FileError for the first statement or directive that could not run."""
        if not self.statements:
            raise self.error("the file holds no statement", 0)
        if self.repeatable and not self.directives.transaction:
            raise self.error("a repeatable file runs in a transaction", 0)
        for statement in self.statements:
            refusal = statement_rules.refusal(statement, transaction=self.directives.transaction)
            if refusal:
                shown = " ".join(statement.text.split())[:60]
                raise self.error(f"{shown!r} is not allowed here: {refusal.what}", statement.start, refusal.remedy)
        _ = self.batches

    def error(self, what: str, offset: int, remedy: str = "") -> FileError:
        """Return a FileError at an offset of `text`."""
        line, column = place(self.text, offset)
        return FileError(what, where=f"{self.name}:{line}:{column}", remedy=remedy)


def _normalised(content: bytes) -> bytes:
    """Return the content with LF line ends and no byte order mark: Git or an editor may change either silently."""
    return content.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")


def _checksum(normalised: bytes) -> str:
    return hashlib.sha256(normalised).hexdigest()


def _content(path: str | Path) -> bytes:
    """Return the normalised content. Python's file objects would double the time for a thousand small files.

    Raises FileError for a folder, a dangling link, or an unreadable file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return _normalised(b"".join(iter(lambda: os.read(descriptor, _CHUNK), b"")))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FileError(
            f"the file cannot be read: {error.strerror}", where=str(path), remedy="Repair it, or remove it."
        ) from None


def _names(directory: Path) -> list[str]:
    with os.scandir(directory) as entries:
        return sorted(entry.name for entry in entries if entry.name.lower().endswith(".sql"))


def read(path: Path) -> Migration:
    """Return one file. Raises FileError for an invalid name or encoding."""
    match = _VERSIONED.match(path.name) or _REPEATABLE.match(path.name)
    if match is None and path.name.startswith("."):
        raise FileError(
            "a hidden file is not a migration",
            where=path.name,
            remedy="Remove it: macOS and editors leave such copies behind.",
        )
    if match is None:
        raise FileError(
            "the name is invalid",
            where=path.name,
            remedy="Name it NNNN_topic.sql or R_topic.sql, the topic in lower-case letters, digits and underscores.",
        )
    content = _content(path)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"the file is not UTF-8 (byte 0x{error.object[error.start]:02x})",
            where=f"{path.name}:{line}",
            remedy="Save it as UTF-8.",
        ) from None
    if "\0" in text:
        raise FileError("the file holds a NUL character", where=path.name, remedy="Save it as UTF-8.")
    return Migration(name=path.name, version=match[1], text=text, checksum=_checksum(content))


def load(directory: Path) -> list[Migration]:
    """Return all files of a directory in the order in which they run: versioned by number, then repeatable by name.

    Raises FileError for a missing directory, an invalid name, or a version that appears twice.
    """
    if not directory.is_dir():
        raise FileError("the directory of migrations does not exist", where=str(directory))
    migrations = [read(directory / name) for name in _names(directory)]
    migrations.sort(key=lambda migration: (migration.repeatable, migration.name))
    for one, other in pairwise(migrations):
        if one.version == other.version:
            raise FileError(
                f"version {one.version} appears twice", where=f"{one.name}, {other.name}", remedy="Renumber the newer."
            )
    for later in migrations[1:]:
        if _BASELINE.search(later.text) and later.directives.baseline:
            raise FileError("only the first file can be the baseline", where=later.name)
    return migrations


def manifest(directory: Path) -> dict[str, str]:
    """Return file name -> checksum, whatever the files contain; only `load` refuses. Raises FileError (`_content`)."""
    names = _names(directory) if directory.is_dir() else []
    return {name: _checksum(_content(f"{directory}{os.sep}{name}")) for name in names}
