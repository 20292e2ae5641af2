"""The journal of an adoption: which steps began, which are done, and how to take each one back.

Each fact is one line, on the disk before the step goes on. Whatever kills the process, the next one can read how far
it came. The journal contains no secret. A last line that was cut short counts as not written.

    journal = Journal(path)
    with journal.step("room:record:abc", title="…", back={"kind": "record", …}): ...
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contract.problem import Problem

BEGUN, DONE, FAILED, RETURNED = "begun", "done", "failed", "returned"


class JournalError(Problem):
    """The journal cannot be read or written, or belongs to another stack."""


@dataclass
class Entry:
    """One step, and how far it came."""

    key: str
    title: str
    phase: str
    at: str
    """In UTC, in ISO 8601 format."""
    back: dict[str, Any] = field(default_factory=dict)
    """The data needed to take it back, by `kind`."""


@dataclass
class Journal:
    """The file and its contents."""

    path: Path
    stack: str
    entries: dict[str, Entry] = field(default_factory=dict)
    """By key, in the order in which they were first begun."""

    @classmethod
    def open(cls, path: Path, stack: str) -> Journal:
        """Read the file, which need not exist yet. Raises JournalError."""
        journal = cls(path, stack)
        try:
            lines = path.read_bytes().split(b"\n") if path.exists() else []
        except OSError as error:
            raise JournalError(f"the journal cannot be read ({error.strerror})", where=str(path)) from None
        for number, line in enumerate(lines):
            if line:
                journal._read(line, number, last=number >= len(lines) - 1)
        return journal

    def _read(self, line: bytes, number: int, *, last: bool) -> None:
        try:
            fact: dict[str, Any] = json.loads(line)
        except ValueError:
            if last:
                return
            remedy = "Move it away: an adoption goes on without it, but no earlier step is taken back."
            raise JournalError(f"line {number + 1} is damaged", where=str(self.path), remedy=remedy) from None
        if fact["stack"] != self.stack:
            what = f"it is the journal of stack {fact['stack']}, not of {self.stack}"
            raise JournalError(what, where=str(self.path), remedy="Name another file with --journal.")
        known = self.entries.get(fact["key"])
        if known is None:
            self.entries[fact["key"]] = Entry(
                key=fact["key"],
                title=fact["title"],
                phase=fact["phase"],
                at=fact["at"],
                back=fact.get("back") or {},
            )
        else:
            known.phase, known.at = fact["phase"], fact["at"]
            known.back |= fact.get("back") or {}

    def note(self, key: str, phase: str, *, title: str = "", back: Mapping[str, Any] | None = None) -> None:
        """Write a fact; it is on the disk when this returns. Raises JournalError."""
        known = self.entries.get(key)
        fact = {
            "stack": self.stack,
            "key": key,
            "phase": phase,
            "title": title or (known.title if known else key),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "back": dict(back or {}),
        }
        line = json.dumps(fact, ensure_ascii=False).encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            with self.path.open("a+b") as file:
                self._end_a_cut_line(file.fileno())
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                _keep_the_name(self.path.parent)
        except OSError as error:
            remedy = "Make room or name another file with --journal: no step is taken that could not be taken back."
            what = f"the journal cannot be written ({error.strerror})"
            raise JournalError(what, where=str(self.path), remedy=remedy) from None
        self._read(line, 0, last=False)

    def _end_a_cut_line(self, file: int) -> None:
        """Cut off a line that a crash left unfinished: it must not swallow the next line, nor read as damage."""
        size = os.fstat(file).st_size
        if size == 0 or os.pread(file, 1, size - 1) == b"\n":
            return
        content = os.pread(file, size, 0)
        os.ftruncate(file, content.rfind(b"\n") + 1)

    @contextmanager
    def step(self, key: str, *, title: str, back: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Note a step before and after it. An interrupt leaves the step begun; an error marks it failed."""
        self.note(key, BEGUN, title=title, back=back)
        try:
            yield
        except Exception:
            self.note(key, FAILED)
            raise
        self.note(key, DONE)

    def reached(self, key: str) -> bool:
        """Return whether a step was begun and not taken back, so that it may have happened."""
        entry = self.entries.get(key)
        return entry is not None and entry.phase != RETURNED

    def to_return(self) -> list[Entry]:
        """Return the steps that may have happened, the last one first."""
        return [each for each in reversed(self.entries.values()) if each.phase != RETURNED]


def _keep_the_name(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
