"""Failures inside the sandbox's own processes, for users who otherwise see only that the launch failed.

failures.record(home)                 # in a process of the sandbox: record everything logged as an error
failures.since(home, time.time())     # in a command: return the failures since then
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.base.home import Home


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One error in a part of the sandbox."""

    when: float
    """Seconds since the epoch."""
    part: str
    """The logger, such as `sandbox.cloud.neon`."""
    message: str


class _Recorder(logging.Handler):
    def __init__(self, file: Path) -> None:
        super().__init__(logging.ERROR)
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        message = f"{record.getMessage()}: {cause}" if cause else record.getMessage()
        failure = Failure(when=record.created, part=record.name, message=message.strip())
        try:
            with self._file.open("a") as file:
                file.write(json.dumps(asdict(failure)) + "\n")
        except OSError:
            self.handleError(record)


def record(home: Home) -> None:
    """Record every error that this process logs from now on."""
    logging.getLogger().addHandler(_Recorder(_file(home)))


def since(home: Home, when: float) -> list[Failure]:
    """Return the failures since `when` (seconds since the epoch), oldest first."""
    file = _file(home)
    lines = file.read_text().splitlines() if file.exists() else []
    return [failure for line in lines if (failure := Failure(**json.loads(line))).when >= when]


def _file(home: Home) -> Path:
    return home.logs / "failures.jsonl"
