"""A branch's past: a base backup from its creation, and all WAL that its server has archived since then.

This is PostgreSQL's own continuous archiving; point-in-time recovery creates branches from an earlier moment.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.cloud.neon.compute import cluster
from sandbox.postgres import Finish, Postgres, PostgresError

_ARCHIVE_SECONDS = 60
"""Time limit for the server to archive its WAL."""
_STEP = 0.02
_SUFFIX = ".history"


@dataclass(frozen=True)
class Moment:
    """A point in the past: `kind` is `time` (with an RFC 3339 value) or `lsn`."""

    kind: str
    value: str

    def settings(self) -> tuple[tuple[str, str], ...]:
        """Return the recovery target: the last commit up to the time, or right before the WAL at the position."""
        inclusive = "on" if self.kind == "time" else "off"
        return (f"recovery_target_{self.kind}", self.value), ("recovery_target_inclusive", inclusive)


@dataclass(frozen=True)
class History:
    """The history of one server's data, in a folder next to it."""

    server: Postgres

    @property
    def directory(self) -> Path:
        """Its folder."""
        return self.server.directory.with_name(f"{self.server.directory.name}{_SUFFIX}")

    @property
    def _base(self) -> Path:
        """The base backup, as one file: a folder of a thousand small files takes twenty times as long to write."""
        return self.directory / "base.tar"

    @property
    def _wal(self) -> Path:
        return self.directory / "wal"

    def exists(self) -> bool:
        """Return whether the history exists. Data of an older sandbox has none."""
        return self._base.exists()

    def begin(self, data: Path) -> None:
        """Start the history with this data directory; no server may have been started on it yet."""
        self.remove()
        for folder in (self.directory, self._wal):
            folder.mkdir(mode=0o700)
            self.server.own(folder)
        partial = self._base.with_suffix(".partial")
        _tar("-c", partial, data, ".")
        partial.rename(self._base)

    def settings(self) -> tuple[tuple[str, str], ...]:
        """Return the settings that make the server archive its WAL; empty if there is no history."""
        if not self.exists():
            return ()
        target = _shell(self._wal / "%f")
        partial = _shell(self._wal / "%f.partial")
        return ("archive_mode", "on"), ("archive_command", f"cp %p {partial} && mv {partial} {target}")

    def complete(self) -> None:
        """Archive all WAL of the running server, including a transaction later than any moment up to now.

        Raises PostgresError.
        """
        last = self._wal / cluster.finish_segment(self.server)
        deadline = time.monotonic() + _ARCHIVE_SECONDS
        while not last.exists():
            if time.monotonic() > deadline:
                raise PostgresError(f"{self.server.directory} has not archived its WAL in {_ARCHIVE_SECONDS} seconds")
            time.sleep(_STEP)

    def replay(self, new: Postgres, until: Moment, finish: Finish | None = None) -> None:
        """Recover the data of `new` to the moment `until` of this history. Raises PostgresError."""
        source = ("restore_command", f"cp {_shell(self._wal / '%f')} %p")
        new.recover_from(lambda data: _tar("-x", self._base, data), (source, *until.settings()), finish)

    def remove(self) -> None:
        """Delete the history."""
        shutil.rmtree(self.directory, ignore_errors=True)


def name(entry: str) -> str:
    """Return the name of the timeline to which an entry of the storage folder (data or history) belongs."""
    return entry.removesuffix(_SUFFIX)


def _shell(path: Path) -> str:
    """Return a path, quoted for a command in which PostgreSQL replaces %f and %p."""
    return shlex.quote(str(path.parent).replace("%", "%%") + f"/{path.name}")


def _tar(action: str, archive: Path, folder: Path, *members: str) -> None:
    command = ["tar", action, "-p", "-f", str(archive), "-C", str(folder), *members]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresError(f"tar failed for {folder}: {done.stderr.strip()}")
