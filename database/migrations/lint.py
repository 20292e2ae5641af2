"""Findings of squawk in migration files: statements that hold locks for long or break a running application."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from database.migrations.files import Migration
from database.postgres import DatabaseError


@dataclass(frozen=True, slots=True)
class Finding:
    """One warning or error."""

    file: str
    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.rule}: {self.message}"


def squawk() -> Path | None:
    """Return the program's path: beside this Python, or on PATH; None if it is not installed."""
    beside = Path(sys.executable).with_name("squawk")
    found = str(beside) if beside.exists() else shutil.which("squawk")
    return Path(found) if found else None


def findings(files: Sequence[Migration], directory: Path, *, config: Path | None = None) -> list[Finding] | None:
    """Return squawk's findings, by file and line; None if it is not installed. Raises DatabaseError if it fails."""
    program = squawk()
    if program is None:
        return None
    found: list[Finding] = []
    for transaction in (True, False):
        paths = [str(directory / each.name) for each in files if each.directives.transaction == transaction]
        if paths:
            found += _run(program, paths, config=config, transaction=transaction)
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.column))


def _run(program: Path, paths: list[str], *, config: Path | None, transaction: bool) -> list[Finding]:
    command = [str(program), "--reporter=json", *paths]
    command += ["--config", str(config)] if config else []
    command += ["--assume-in-transaction"] if transaction else []
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = "it took longer than 60 s" if isinstance(error, subprocess.TimeoutExpired) else error.strerror
        raise DatabaseError(f"squawk failed: {reason}", where=str(program)) from None
    try:
        reported = json.loads(done.stdout or "[]")
    except ValueError:
        raise DatabaseError(
            f"squawk failed: {done.stderr.strip() or done.stdout.strip()}", where=str(program)
        ) from None
    return [
        Finding(
            file=Path(each["file"]).name,
            line=each["line"] + 1,  # squawk counts from 0
            column=each["column"] + 1,
            rule=each["rule_name"],
            message=" ".join(f"{each['message']} {each['help'] or ''}".split()),
        )
        for each in reported
    ]
