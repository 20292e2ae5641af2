"""Compares the files with the record of a database or a plan: pending files, and contradictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from database.migrations.files import Migration
from database.postgres import DatabaseError


class HistoryError(DatabaseError):
    """The files and the ledger disagree; `findings` holds each difference."""

    def __init__(self, findings: Sequence[str], *, where: str) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(findings), where=where)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as the ledger records it."""

    name: str
    checksum: str
    finished: bool = True
    """False while a file without a transaction is unfinished: the rest of it may still be corrected."""

    @property
    def version(self) -> str:
        """`0007`, or `R_topic`."""
        return self.name.removesuffix(".sql") if self.name.startswith("R_") else self.name[:4]

    @property
    def repeatable(self) -> bool:
        """Whether it runs again after each change."""
        return self.name.startswith("R_")


def entries(manifest: Mapping[str, str]) -> list[Entry]:
    """Return the entries that a manifest (file name to checksum) describes, in order."""
    return [Entry(name, manifest[name]) for name in sorted(manifest)]


def pending(files: Sequence[Migration], remembered: Sequence[Entry], *, where: str) -> list[Migration]:
    """Return the files still to run, in order.

    `remembered` holds the newest entry of each version. Raises HistoryError with every finding if an applied file was
    edited, renamed or removed, if a file is older than the newest applied one, or if the database is newer.
    """
    findings = []
    by_version = {entry.version: entry for entry in remembered}
    by_file = {migration.version: migration for migration in files}
    newest_file = max((m.version for m in files if not m.repeatable), default="")
    for entry in remembered:
        if not entry.repeatable:
            findings += _against(entry, by_file.get(entry.version), newest_file)
    newest = max((entry.version for entry in remembered if not entry.repeatable), default="")
    for migration in files:
        if not migration.repeatable and migration.version not in by_version and migration.version < newest:
            findings.append(
                f"{migration.name} is new, but {newest} is already applied: "
                f"give it a number above {max(newest, newest_file)}"
            )
    if findings:
        raise HistoryError(findings, where=where)
    return [migration for migration in files if _is_pending(migration, by_version.get(migration.version))]


def _is_pending(migration: Migration, entry: Entry | None) -> bool:
    return entry is None or not entry.finished or entry.checksum != migration.checksum


def _against(entry: Entry, file: Migration | None, newest_file: str) -> list[str]:
    if file is None and entry.version > newest_file:
        return [f"the database is newer than these files: it holds {entry.name}. Use the release that brought it"]
    if file is None:
        return [f"{entry.name} is applied, but its file is missing: restore it"]
    found = []
    if file.name != entry.name:
        found.append(f"{entry.name} is applied, but its file is now called {file.name}: rename it back")
    if file.checksum != entry.checksum and entry.finished:
        found.append(
            f"{file.name} was edited after it was applied (ledger {entry.checksum}, file {file.checksum}): "
            "restore it, and put changes into a new file"
        )
    return found
