"""A PostgreSQL server for the duration of a verb, and the matching dump program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.postgres import VOLATILE, installation, scratch_server


@contextmanager
def scratch() -> Iterator[str]:
    """Yield a superuser's URL on a server that runs until the end of the block."""
    with scratch_server(VOLATILE) as server:
        yield server.uri()


def pg_dump() -> Path:
    """Return `pg_dump` of the same release as `scratch`."""
    return installation() / "bin" / "pg_dump"
