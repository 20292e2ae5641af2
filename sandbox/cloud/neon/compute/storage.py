"""The storage of the branches' PostgreSQL servers, and its removal."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from sandbox.cloud.neon.compute import history
from sandbox.cloud.neon.compute.history import History
from sandbox.postgres import Postgres

_ELSEWHERE = Path("/var/tmp")  # noqa: S108 -- must survive reboots, like the rest of a sandbox


def folder(home: Path) -> Path:
    """Return the folder with the data (the timeline) and the history of each branch, created by the first call.

    It is `postgres` in the sandbox's home. For root it is a link to a folder elsewhere: the servers run as `nobody`,
    which has no access to a home that only its owner may enter.
    """
    place = home / "postgres"
    if not place.exists():
        place.unlink(missing_ok=True)  # a link whose target is gone
        if os.geteuid() == 0:
            outside = Path(tempfile.mkdtemp(prefix="prductr-launch-data-", dir=_ELSEWHERE))
            outside.chmod(0o711)
            place.symlink_to(outside)
        else:
            place.mkdir(mode=0o700, parents=True)
    return place.resolve()


def timelines(home: Path) -> list[str]:
    """Return the names of the timelines that have data or history, complete or not."""
    if not (home / "postgres").exists():
        return []
    return sorted({history.name(entry.name.removesuffix(".partial")) for entry in folder(home).iterdir()})


def discard(server: Postgres) -> None:
    """Stop the server and remove its data and history."""
    server.remove()
    History(server).remove()


def remove(home: Path) -> None:
    """Stop every server of this home and remove all data. Works without a running cloud, and may be repeated."""
    place = home / "postgres"
    if place.exists():
        for timeline in timelines(home):
            discard(Postgres(directory=folder(home) / timeline, port=0, password=""))
        shutil.rmtree(place.resolve())
    if place.is_symlink():
        place.unlink()
