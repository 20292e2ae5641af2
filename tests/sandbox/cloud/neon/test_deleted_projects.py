"""Deleted projects. Prevents: a database that is gone for ever here, although Neon could recover it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.base import Home
from sandbox.cloud.neon.compute import storage
from tests.sandbox.cloud.neon.harness import ORGANIZATION, SECTION, Neon, client, running, until
from tests.sandbox.cloud.neon.past import Past


def recoverable(neon: Neon) -> dict[str, dict[str, object]]:
    query = {"org_id": ORGANIZATION, "recoverable": "true", "limit": "100"}
    return {str(one["id"]): one for one in neon.call("GET", "/projects", query=query)["projects"]}


def deleted(past: Past) -> str:
    path = past.path.removesuffix("/branches")
    past.neon.call("DELETE", path)
    return path


def test_a_deleted_project_is_recovered_with_its_rows_and_addresses(past: Past) -> None:
    was, branch = past.tables(past.uri), past.branch(name="child")
    kept = {what: past.names(past.main, what) for what in ("roles", "databases")}
    path = deleted(past)
    id_ = path.rpartition("/")[2]
    assert past.neon.refused(404, "GET", path) == ("", "project not found")
    listed = recoverable(past.neon)[id_]
    days = datetime.fromisoformat(str(listed["recoverable_until"])) - datetime.fromisoformat(str(listed["deleted_at"]))
    assert days == timedelta(days=7)
    until(lambda: past.neon.http.post(f"{path}/recover").status_code == 200)
    assert id_ not in recoverable(past.neon)
    assert past.tables(past.uri) == was
    assert past.tables(past.reached(branch["branch"]["id"])) == was
    assert {what: past.names(past.main, what) for what in kept} == kept
    past.neon.refused(404, "POST", f"{path}/recover")


def test_recovery_of_a_project_that_was_never_deleted_is_refused(past: Past) -> None:
    for id_ in ("no-such-12345678", past.project["project"]["id"]):
        assert past.neon.refused(404, "POST", f"/projects/{id_}/recover") == ("", "project not found")


def test_it_survives_a_restart_and_is_gone_after_seven_days(make_home: Callable[[str], Home]) -> None:
    home = make_home("home")
    with running(home, SECTION) as context, client(context) as neon:
        made = neon.project()
        server = neon.server(made["branch"]["id"])
        path = f"/projects/{made['project']['id']}"
        neon.settled(neon.call("POST", f"{path}/branches/{made['branch']['id']}/snapshot"))
        neon.call("DELETE", path)
        until(lambda: server.pid() is None)
    data = storage.folder(home.path)
    with running(home, clock=lambda: datetime.now(UTC) + timedelta(days=6)) as context, client(context) as neon:
        assert list(recoverable(neon)) == [made["project"]["id"]]
        assert (data / made["branch"]["id"]).exists()
    with running(home, clock=lambda: datetime.now(UTC) + timedelta(days=8)) as context, client(context) as neon:
        until(lambda: not recoverable(neon))
        until(lambda: not [entry for entry in data.iterdir() if not entry.name.startswith(".")])
        neon.refused(404, "POST", f"{path}/recover")
