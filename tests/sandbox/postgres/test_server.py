"""A server's data is complete or absent. Prevents: half a copy, or a copy of a moment other than the requested one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.base.ports import free_port
from sandbox.postgres.server import Postgres, PostgresError


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server without data, in a folder that the user `nobody` can reach."""
    folder = Path(tempfile.mkdtemp(prefix="prductr-server-"))
    folder.chmod(0o711)
    found = Postgres(directory=folder / "data", port=free_port(), password="long-enough")
    yield found
    found.remove()
    shutil.rmtree(folder)


def test_a_recovery_whose_wal_ends_too_early_is_an_error_and_leaves_nothing(server: Postgres) -> None:
    server.initialise()
    base = server.directory.rename(server.directory.with_name("base"))

    def unpack(data: Path) -> None:
        shutil.copytree(base, data, dirs_exist_ok=True)
        for item in (data, *data.rglob("*")):
            server.own(item)

    never = (("restore_command", "false"), ("recovery_target_lsn", "F/0"))
    with pytest.raises(PostgresError, match="recovery ended before configured recovery target was reached"):
        server.recover_from(unpack, never)
    assert list(server.directory.parent.iterdir()) == [base]
    server.recover_from(unpack, (("restore_command", "false"),))
    server.start()
    assert server.pid()


def test_a_server_that_a_killed_program_left_on_half_a_copy_is_stopped_first(server: Postgres) -> None:
    partial = server.directory.with_name("data.partial")
    partial.mkdir()
    (partial / "half").touch()
    command = [sys.executable, "-c", "import time; time.sleep(60)", str(partial)]
    with subprocess.Popen(command) as orphan, subprocess.Popen([*command[:-1], f"{partial}s"]) as stranger:
        try:
            server.initialise()
            assert orphan.poll() is not None
            assert stranger.poll() is None
        finally:
            orphan.kill()
            stranger.kill()
    assert not partial.exists()
    assert (server.directory / "PG_VERSION").exists()
    assert not (server.directory / "half").exists()
