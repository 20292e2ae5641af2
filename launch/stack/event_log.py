"""The engine's log of events, and `pulumi preview` with one.

Pulumi's automation is not used, because it takes a third of a second to import.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.stack.engine import EngineError

NO_STACK = 6
"""The engine's exit code for a stack that the backend does not have, since 3.227."""


@dataclass(frozen=True, kw_only=True)
class Log:
    """The results of one preview."""

    events: tuple[Mapping[str, Any], ...]
    """In the form of apitype.EngineEvent; secrets are hidden."""
    code: int
    """The engine's exit code."""
    complaint: str
    """What it wrote to standard error."""

    @property
    def ended(self) -> bool:
        """Whether the preview finished, successfully or not."""
        return any("summaryEvent" in event for event in self.events)


def preview(folder: Path, environment: Mapping[str, str], arguments: Sequence[str] = ()) -> Log:
    """Preview the project in `folder`; nothing is changed. Raises EngineError if there is no `pulumi` on PATH."""
    program = shutil.which("pulumi", path=environment.get("PATH", os.defpath))
    if program is None:
        raise EngineError("There is no `pulumi` on PATH.")
    with tempfile.TemporaryDirectory(prefix="prductr-preview-") as scratch:
        log = Path(scratch) / "events.jsonl"
        command = [program, "preview", "--non-interactive", "--color", "never", "--suppress-outputs", *arguments]
        done = subprocess.run(
            [*command, "--event-log", str(log)],
            cwd=folder,
            env={**environment, "PULUMI_DEBUG_COMMANDS": "1"},  # the option is hidden without it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        events = read(log)
    return Log(events=events, code=done.returncode, complaint=done.stderr.strip())


def read(log: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the events of a log, one JSON object per line; the last line of a stopped engine may be unfinished.

    Raises EngineError for any other line that is not JSON.
    """
    lines = [line for line in log.read_text("utf-8").splitlines() if line] if log.exists() else []
    try:
        events = list(map(json.loads, lines[:-1]))
    except ValueError as error:
        raise EngineError(f"the engine's log of events is damaged ({error})", remedy="Run it again.") from None
    with suppress(ValueError):
        events += map(json.loads, lines[-1:])
    return tuple(events)
