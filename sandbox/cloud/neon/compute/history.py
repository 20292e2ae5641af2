"""A branch's past: a base backup from its beginning, and all WAL that its server has archived since.

This is PostgreSQL's own continuous archiving; point-in-time recovery creates branches at an earlier moment.
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
"""Time limit for the server to archive what it has written."""
_STEP = 0.02
_SUFFIX = ".history"


@dataclass(frozen=True)
class Moment:
    """A point in the past: `kind` is `time` (value in the form of RFC 3339) or `lsn`."""

    kind: str
    value: str

    def settings(self) -> tuple[tuple[str, str], ...]:
        """Where a recovery ends: with the last commit until that time, or right before the WAL at that position."""
        inclusive = "on" if self.kind == "time" else "off"
        return (f"recovery_target_{self.kind}", self.value), ("recovery_target_inclusive", inclusive)


@dataclass(frozen=True)
class History:
    """The history of one server's data, in a folder beside it."""

    server: Postgres

    @property
    def directory(self) -> Path:
        """Its folder."""
        return self.server.directory.with_name(f"{self.server.directory.name}{_SUFFIX}")

    @property
    def _base(self) -> Path:
        """One file: a folder of a thousand small ones takes twenty times as long to write."""
        return self.directory / "base.tar"

    @property
    def _wal(self) -> Path:
        return self.directory / "wal"

    def exists(self) -> bool:
        """Whether it exists. Data of an older sandbox has none."""
        return self._base.exists()

    def begin(self, data: Path) -> None:
        """Begin with this data directory, which must not have been started yet."""
        self.remove()
        for folder in (self.directory, self._wal):
            folder.mkdir(mode=0o700)
            self.server.own(folder)
        partial = self._base.with_suffix(".partial")
        _tar("-c", partial, data, ".")
        partial.rename(self._base)

    def settings(self) -> tuple[tuple[str, str], ...]:
        """Settings that make the server archive its WAL; empty if no history has begun."""
        if not self.exists():
            return ()
        target = _shell(self._wal / "%f")
        partial = _shell(self._wal / "%f.partial")
        return ("archive_mode", "on"), ("archive_command", f"cp %p {partial} && mv {partial} {target}")

    def complete(self) -> None:
        """Archive everything that the running server has written, and a transaction later than any moment until now.

        Raises PostgresError.
        """
        last = self._wal / cluster.finish_segment(self.server)
        deadline = time.monotonic() + _ARCHIVE_SECONDS
        while not last.exists():
            if time.monotonic() > deadline:
                raise PostgresError(f"{self.server.directory} has not archived its WAL in {_ARCHIVE_SECONDS} seconds")
            time.sleep(_STEP)

    def replay(self, new: Postgres, until: Moment, finish: Finish | None = None) -> None:
        """Make the data of `new` what this was at a moment. Raises PostgresError."""
        source = ("restore_command", f"cp {_shell(self._wal / '%f')} %p")
        new.recover_from(lambda data: _tar("-x", self._base, data), (source, *until.settings()), finish)

    def remove(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.directory, ignore_errors=True)


def name(entry: str) -> str:
    """The name of the data to which an entry of the folder of data and histories belongs."""
    return entry.removesuffix(_SUFFIX)


def _shell(path: Path) -> str:
    """A path for a command in which PostgreSQL replaces %f and %p."""
    return shlex.quote(str(path.parent).replace("%", "%%") + f"/{path.name}")


def _tar(action: str, archive: Path, folder: Path, *members: str) -> None:
    command = ["tar", action, "-p", "-f", str(archive), "-C", str(folder), *members]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresError(f"tar failed for {folder}: {done.stderr.strip()}")
