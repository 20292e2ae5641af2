"""The past after a crash. Prevents: a way back that the crash itself cuts off."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.base.home import Home
from sandbox.cloud.neon.compute import storage
from sandbox.state.context import Context
from sandbox.state.faults import Faults
from sandbox.state.store import Document, Store
from tests.sandbox.cloud.neon.harness import SECTION, Neon, client, running, until
from tests.sandbox.cloud.neon.past import Past, begun


@contextmanager
def killed_at_the_end(home: Home) -> Iterator[Neon]:
    """Run the cloud as a process of its own, which is killed at the end."""
    variables = os.environ | {"LAUNCH_SANDBOX_HOME": str(home.path)}
    command = [sys.executable, "-m", "sandbox.cloud"]
    store = Store(home.store_path)
    with subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL) as process:
        try:
            with client(Context(home=home, store=store, faults=Faults())) as neon:
                until(lambda: answers(neon.http))
                yield neon
        finally:
            process.kill()
            store.close()


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/users/me").status_code == 200
    except httpx.TransportError:
        return False


def processes(folder: Path) -> list[str]:
    """Return the command lines that contain a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(entry.read_text())
        except OSError:
            continue
    return [line for line in found if str(folder) in line]


def ready(home: Home) -> Past:
    """A project with a past in a home whose cloud is stopped."""
    with running(home, SECTION) as context, client(context) as neon:
        past = begun(neon)
        context.store.put("sandbox", "scenario", {"scenario": "empty"})  # a new process starts from the home as it is
    return past


def entries(neon: Neon, path: str) -> set[Path]:
    """Return the folders on disk of the existing branches."""
    data = [neon.server(branch["id"]).directory for branch in neon.call("GET", path)["branches"]]
    return {*data, *(folder.with_name(f"{folder.name}.history") for folder in data)}


@pytest.mark.parametrize("seconds", [0.0, 0.15, 0.4, 0.8])
def test_a_kill_at_any_moment_of_a_restore_loses_nothing_and_leaves_nothing(
    make_home: Callable[[str], Home], seconds: float
) -> None:
    home = make_home("killed")
    past = ready(home)
    with killed_at_the_end(home) as neon:
        body: Document = {"source_branch_id": past.main, "source_lsn": past.before["lsn"], "preserve_under_name": "old"}
        answer = neon.call("POST", f"{past.path}/{past.main}/restore", body)
        time.sleep(seconds)
    with running(home) as context, client(context) as neon:
        after = Past(neon, past.project, past.before)
        neon.settled(answer)
        assert after.tables(after.uri) == {"kept": [(1,)]}
        assert after.tables(after.reached(after.named("old")["id"])) == {"more": []}
        folder = storage.folder(home.path)
        assert set(folder.iterdir()) == entries(neon, after.path)
    assert processes(folder) == []


def test_a_restore_that_is_complete_but_not_recorded_is_not_repeated(make_home: Callable[[str], Home]) -> None:
    home = make_home("noted")
    with running(home, SECTION) as context, client(context) as neon:
        past = begun(neon)
        body = {"source_branch_id": past.main, "source_lsn": past.before["lsn"], "preserve_under_name": "old"}
        answer = neon.settled(neon.call("POST", f"{past.path}/{past.main}/restore", body))
        with neon.connect(past.uri) as connection:
            connection.execute("insert into kept values (7)")
        for operation in answer["operations"]:
            stored = context.store.get("neon.operations", operation["id"])
            assert stored
            context.store.put("neon.operations", stored["id"], stored | {"_done": False, "_outcome": None})
    with running(home) as context, client(context) as neon:
        after = Past(neon, past.project, past.before)
        neon.settled(answer)
        assert after.tables(after.uri) == {"kept": [(1,), (7,)]}
        assert after.tables(after.reached(after.named("old")["id"])) == {"more": []}


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_a_branch_of_the_past_is_made_although_everything_was_killed(
    make_home: Callable[[str], Home], seconds: float
) -> None:
    home = make_home("killed")
    past = ready(home)
    with killed_at_the_end(home) as neon:
        with neon.connect(past.uri) as connection:
            connection.execute("insert into more values (1)")
        body = {"branch": {"parent_timestamp": past.before["time"]}, "endpoints": [{"type": "read_write"}]}
        made = neon.call("POST", past.path, body, expect=201)
        time.sleep(seconds)
    with running(home) as context, client(context) as neon:
        after = Past(neon, past.project, past.before)
        neon.settled(made)
        assert after.tables(made["connection_uris"][0]["connection_uri"]) == {"kept": [(1,)]}
        assert after.tables(after.uri) == {"more": [(1,)]}
        second = after.branch(parent_lsn=past.before["lsn"])
        assert after.tables(second["connection_uris"][0]["connection_uri"]) == {"kept": [(1,)]}
        assert set(storage.folder(home.path).iterdir()) == entries(neon, after.path)


def test_the_history_of_a_deleted_project_is_deleted_with_it(make_home: Callable[[str], Home]) -> None:
    home = make_home("gone")
    with running(home, SECTION) as context, client(context) as neon:
        past = begun(neon)
        body = {"source_branch_id": past.main, "source_lsn": past.before["lsn"], "preserve_under_name": "old"}
        neon.settled(neon.call("POST", f"{past.path}/{past.main}/restore", body))
        neon.call("DELETE", f"/projects/{past.project['project']['id']}")
    later = datetime.now(UTC) + timedelta(days=8)  # until then it can be recovered
    with running(home, clock=lambda: later):
        folder = storage.folder(home.path)
        until(lambda: not [entry for entry in folder.iterdir() if not entry.name.startswith(".")])
    assert processes(folder) == []
