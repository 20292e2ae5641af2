"""A PostgreSQL server for the duration of a block: for tests, measurements and files generated from a database."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.base import free_port
from sandbox.postgres.server import Postgres

VOLATILE = (("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"))
"""Settings of a server whose data need not survive a crash."""


@contextmanager
def scratch_server(settings: tuple[tuple[str, str], ...] = ()) -> Iterator[Postgres]:
    """A running server in a temporary folder; the end of the block removes both."""
    folder = Path(tempfile.mkdtemp(prefix="prductr-scratch-"))
    folder.chmod(0o755)  # for root, the server runs as another user
    server = Postgres(
        directory=folder / "data", port=free_port(), password=secrets.token_urlsafe(24), settings=settings
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
