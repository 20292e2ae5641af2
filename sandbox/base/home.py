"""The folder that contains everything of a running sandbox, and the file that describes it.

`sandbox.json` is written when a sandbox is first started: its credentials stay the same until the folder is removed,
its ports until others are requested, so that a shell prepared with `launch env` keeps working across restarts.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import string
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from contract.paths import PROJECT
from contract.problem import Problem
from sandbox.base.ports import free_ports

DEFAULT_PORT_BASE = 18400
"""The first of the sandbox's ports, below Linux's range for outgoing connections."""

AUTO = "auto"
"""The value of LAUNCH_SANDBOX_PORT_BASE that picks free ports instead of a fixed range."""

_FILE = "sandbox.json"
_OF_PULUMI = {"pulumi": ("workspaces", "logs"), "state": (".pulumi",)}
"""Files and folders that commands recreate in a shell prepared for a sandbox that has been removed."""


class HomeError(Problem):
    """The sandbox's folder is missing or damaged."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Ports on 127.0.0.1, one for each listener."""

    cloud: int
    """The HTTP APIs of Cloudflare, Vercel and Neon, and the admin endpoint."""
    proxy: int
    """The forward proxy (CONNECT) for the vendors' own host names."""
    postgres: int
    """PostgreSQL over TLS, routed to a branch by server name."""
    edge_http: int
    edge_https: int
    dns: int
    """The name server, UDP and TCP."""
    provider_cloudflare: int
    provider_vercel: int
    provider_neon: int
    provider_random: int
    workers: int
    """The Workers runtime, behind the edge."""

    @classmethod
    def allocate(cls, base: str) -> Ports:
        """Return consecutive ports starting at `base`, or free ones for `auto`. Raises HomeError for other values."""
        names = [port.name for port in fields(cls)]
        if base == AUTO:
            return cls(**dict(zip(names, free_ports(len(names)), strict=True)))
        if not (base.isdecimal() and 1024 <= int(base) <= 65536 - len(names)):
            last = 65536 - len(names)
            raise HomeError(
                f"LAUNCH_SANDBOX_PORT_BASE is {base!r}", remedy=f"Give a port from 1024 to {last}, or `auto`."
            )
        return cls(**{name: int(base) + offset for offset, name in enumerate(names)})


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Tokens that the sandbox accepts, each in the format that the vendor's own clients require."""

    cloudflare_api_token: str = field(repr=False)
    vercel_api_token: str = field(repr=False)
    neon_api_key: str = field(repr=False)
    admin_token: str = field(repr=False)

    @classmethod
    def generate(cls) -> Credentials:
        """Return new random credentials."""
        return cls(
            cloudflare_api_token=_random(40),
            vercel_api_token=_random(24),
            neon_api_key=f"napi_{_random(59)}",
            admin_token=_random(40),
        )


@dataclass(frozen=True, kw_only=True)
class Home:
    """A sandbox: its folder, the ports on which it listens, and the credentials that it accepts."""

    path: Path
    ports: Ports
    credentials: Credentials

    @property
    def store_path(self) -> Path:
        """The durable store of the simulated clouds."""
        return self.path / "store.sqlite"

    @property
    def authority_dir(self) -> Path:
        """The local certificate authority: `ca.pem` and `ca.key`."""
        return self.path / "authority"

    @property
    def logs(self) -> Path:
        """The folder with one log file for each process."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """The folder with the state of the processes."""
        return self.path / "run"

    @property
    def state_backend(self) -> str:
        """The URL of the Pulumi backend with the sandbox's state."""
        return f"file://{self.path / 'state'}"

    @classmethod
    def load(cls, path: Path | None = None) -> Home:
        """Read the sandbox in `path` (default: `home_path()`). Raises HomeError if it is missing or damaged."""
        path = (path or home_path()).resolve()
        file = path / _FILE
        try:
            content = json.loads(file.read_text())
            return cls(path=path, ports=Ports(**content["ports"]), credentials=Credentials(**content["credentials"]))
        except (FileNotFoundError, NotADirectoryError):
            raise HomeError("there is no sandbox", where=str(path), remedy="Start one with `make up`.") from None
        except (ValueError, TypeError, KeyError) as error:
            raise HomeError(
                f"it is damaged ({error})", where=str(file), remedy="Run `make down`, then `make up`."
            ) from error

    @classmethod
    def new(cls, path: Path, port_base: str = str(DEFAULT_PORT_BASE)) -> Home:
        """Return a sandbox with new credentials that is not yet on disk."""
        return cls(path=path.resolve(), ports=Ports.allocate(port_base), credentials=Credentials.generate())

    @classmethod
    def create(cls, path: Path, port_base: str = str(DEFAULT_PORT_BASE)) -> Home:
        """Create a new sandbox's folder on disk."""
        home = cls.new(path, port_base)
        home.save()
        return home

    def save(self) -> None:
        """Write the folder, readable only by its owner. A crash leaves either the old state or the new one.

        Raises HomeError if the folder cannot be created.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            what = f"{self.path} cannot be created ({error.strerror})"
            raise HomeError(what, remedy="Name another folder in LAUNCH_SANDBOX_HOME.") from error
        self.path.chmod(0o700)
        partial = self.path / f"{_FILE}.{os.getpid()}"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"ports": asdict(self.ports), "credentials": asdict(self.credentials)}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path / _FILE)
        # The subfolders come last: a non-empty folder without this file does not count as a sandbox.
        for folder in (self.logs, self.run, self.path / "state"):
            folder.mkdir(mode=0o700, exist_ok=True)


def is_own(path: Path) -> bool:
    """Return whether `path` contains a sandbox, Pulumi's files from a former one, or nothing, and so may be removed."""
    if not path.is_dir():
        return not path.exists()
    if (path / _FILE).exists():
        return True
    return all(_is_partial(entry) or _is_pulumis(entry) for entry in path.iterdir())


def _is_partial(entry: Path) -> bool:
    """Return whether a killed `save` left the file."""
    return entry.is_file() and re.fullmatch(rf"{re.escape(_FILE)}\.\d+", entry.name) is not None


def _is_pulumis(entry: Path) -> bool:
    return any((entry / name).is_dir() for name in _OF_PULUMI.get(entry.name, ()))


def remove(path: Path) -> None:
    """Remove a sandbox's folder, the identifying file last, so that an interrupted removal can be repeated."""
    for entry in path.iterdir():
        if entry.name != _FILE:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    shutil.rmtree(path)


def home_path() -> Path:
    """Return the sandbox's folder: LAUNCH_SANDBOX_HOME, or `.sandbox` in the project."""
    named = os.environ.get("LAUNCH_SANDBOX_HOME")
    return Path(named).expanduser() if named else PROJECT / ".sandbox"


def _random(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
