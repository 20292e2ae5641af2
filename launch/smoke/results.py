"""Results of runs, and the file that keeps the newest result of each cell."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from contract.whole_file import write_whole
from launch.inputs import InputError, read_json, shown
from launch.report import Finding, Verdict

SCHEMA = "smoke_results"


class Showstopper(Enum):
    """A fault that blocks the launch of a plugin."""

    NONE = ""
    CRASH = "crash"
    TIMEOUT = "timeout"
    OUTPUT = "output"
    """Empty, corrupt or not as required."""
    OVERWRITTEN = "overwritten"
    PROMPT = "prompt"
    """It requested input during the run."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One cell of the matrix."""

    plugin: str
    command: str
    repository: str
    verdict: Verdict
    detail: str
    remedy: str = ""
    showstopper: Showstopper = Showstopper.NONE
    by: str = ""
    started: str = ""
    seconds: float | None = None
    cost_usd: float | None = None
    runner_version: str = ""
    plugin_version: str = ""
    plugin_commit: str = ""
    repository_commit: str = ""
    repository_changed: bool = False

    @property
    def finding(self) -> Finding:
        """The run as a finding."""
        return Finding(
            subject=self.repository,
            name=self.command,
            verdict=self.verdict,
            detail=self.detail,
            remedy=self.remedy,
            seconds=self.seconds,
        )

    def document(self) -> dict[str, Any]:
        """Return the run as in the file of results."""
        whole = asdict(self) | {"verdict": self.verdict.value, "showstopper": self.showstopper.value}
        whole["seconds"] = None if self.seconds is None else round(self.seconds, 1)
        del whole["remedy"]
        return whole


@dataclass(frozen=True)
class Results:
    """The file of results."""

    path: Path

    def keep(self, runs: Iterable[Run]) -> None:
        """Replace older runs of the same cells by these. A cell that was not run replaces nothing.

        Raises InputError if the existing file contains no results, or if it cannot be written.
        """
        kept = {(each["plugin"], each["repository"]): each for each in self.read()}
        for run in runs:
            if run.verdict is not Verdict.UNCHECKED or (run.plugin, run.repository) not in kept:
                kept[run.plugin, run.repository] = run.document()
        text = json.dumps({"schema": 1, "runs": list(kept.values())}, indent=2, ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, text)
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise InputError(what, where=shown(self.path), remedy="Name another file.") from None

    def read(self) -> list[dict[str, Any]]:
        """Return the runs in the file, or none if it does not exist. Raises InputError."""
        if not self.path.exists():
            return []
        found: list[dict[str, Any]] = read_json(self.path, SCHEMA)["runs"]
        return found
