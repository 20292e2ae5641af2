"""Where the data of the branches' PostgreSQL servers lies, and how all of it is removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from sandbox.postgres import Postgres

_ELSEWHERE = Path("/var/tmp")  # noqa: S108 -- must survive reboots, as the rest of a sandbox does


def folder(home: Path) -> Path:
    """The folder with one data directory for each branch; made at the first call.

    It is `postgres` in the sandbox's home. For root that is a link to a folder outside: the servers run as `nobody`,
    who cannot reach into a home that only its owner may enter.
    """
    place = home / "postgres"
    if not place.exists():
        place.unlink(missing_ok=True)  # a link whose target somebody has removed
        if os.geteuid() == 0:
            outside = Path(tempfile.mkdtemp(prefix="prductr-launch-data-", dir=_ELSEWHERE))
            outside.chmod(0o711)
            place.symlink_to(outside)
        else:
            place.mkdir(mode=0o700, parents=True)
    return place.resolve()


def branches(home: Path) -> list[str]:
    """Ids of the branches that have data, finished or not."""
    if not (home / "postgres").exists():
        return []
    return sorted({entry.name.removesuffix(".partial") for entry in folder(home).iterdir()})


def discard(server: Postgres) -> None:
    """Stop the server and remove its data."""
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)
    shutil.rmtree(server.directory.with_name(f"{server.directory.name}.partial"), ignore_errors=True)


def remove(home: Path) -> None:
    """Stop every server of this home and remove all data, wherever it lies. Works without a running cloud and twice."""
    place = home / "postgres"
    if place.exists():
        for branch in branches(home):
            discard(Postgres(directory=folder(home) / branch, port=0, password=""))
        shutil.rmtree(place.resolve())
    if place.is_symlink():
        place.unlink()
