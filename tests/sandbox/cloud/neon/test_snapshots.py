"""Snapshots. Prevents: a backup that differs from the branch, and a restore that leads clients elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.base import Home
from sandbox.cloud.neon.compute import storage
from sandbox.state import Document
from tests.sandbox.cloud.neon.harness import SECTION, Neon, client, running, until
from tests.sandbox.cloud.neon.past import Past


def snapshot(past: Past, **query: str) -> Document:
    made = past.neon.call("POST", f"{past.path}/{past.main}/snapshot", query=query)
    past.neon.settled(made)
    found: Document = made["snapshot"]
    return found


def snapshots(past: Past) -> str:
    return past.path.replace("/branches", "/snapshots")


def restored(past: Past, taken: Document, **asked: object) -> Document:
    made = past.neon.call("POST", f"{snapshots(past)}/{taken['id']}/restore", dict(asked))
    past.neon.settled(made)
    found: Document = made["branch"]
    return found


def test_a_snapshot_holds_the_state_of_the_branch_and_is_restored_beside_it(past: Past) -> None:
    now = past.tables(past.uri)
    taken = snapshot(past, name="before")
    with past.neon.connect(past.uri) as connection:
        connection.execute("create table later (id int)")
    branch = restored(past, taken, name="recovered")
    assert (branch["restored_from"], branch["restored_as"], branch["restore_status"], branch["default"]) == (
        taken["id"],
        past.main,
        "restored",
        False,
    )
    assert past.tables(past.reached(branch["id"])) == now
    assert set(past.tables(past.uri)) == {*now, "later"}
    assert past.neon.call("GET", snapshots(past))["snapshots"] == [taken]


@pytest.mark.parametrize("kind", ["time", "lsn"])
def test_a_snapshot_of_an_earlier_moment_holds_the_lost_data(past: Past, kind: str) -> None:
    taken = snapshot(past, **{"timestamp" if kind == "time" else "lsn": past.before[kind]})
    branch = restored(past, taken)
    assert "before" not in past.tables(past.uri)
    tables = past.tables(past.reached(branch["id"]))
    assert tables != past.tables(past.uri)
    assert [len(rows) for rows in tables.values()] == [1]


def test_a_finalized_restore_takes_the_branchs_place_under_the_same_address(past: Past) -> None:
    taken = snapshot(past, lsn=past.before["lsn"])
    branch = restored(past, taken)
    was = past.tables(past.uri)
    answer = past.neon.call("POST", f"{past.path}/{branch['id']}/finalize_restore", {"name": "replaced"})
    past.neon.settled(answer)
    assert {operation["action"] for operation in answer["operations"]} == {"suspend_compute", "start_compute"}
    assert past.tables(past.uri) != was
    main, replaced = past.named("main"), past.named("replaced")
    assert (main["id"], main["default"], main["restore_status"]) == (branch["id"], True, "finalized")
    assert (replaced["id"], replaced["default"]) == (past.main, False)
    assert past.tables(past.reached(replaced["id"])) == was
    message = "the branch was not restored from a snapshot, or its restore is finalized already"
    for id_ in (branch["id"], past.main):
        assert past.neon.refused(422, "POST", f"{past.path}/{id_}/finalize_restore") == ("", message)
    past.neon.settled(past.neon.call("DELETE", f"{past.path}/{past.main}"))


def test_a_restore_can_be_finalized_at_once(past: Past) -> None:
    taken = snapshot(past, lsn=past.before["lsn"])
    was = past.tables(past.uri)
    branch = restored(past, taken, finalize_restore=True)
    assert past.named("main")["id"] == branch["id"]
    assert past.tables(past.uri) != was


def test_it_outlives_the_branch_that_it_was_taken_of(past: Past) -> None:
    child = past.branch(name="child")
    made = past.neon.call("POST", f"{past.path}/{child['branch']['id']}/snapshot")
    past.neon.settled(made)
    past.neon.settled(past.neon.call("DELETE", f"{past.path}/{child['branch']['id']}"))
    branch = restored(past, made["snapshot"], target_branch_id=past.main)
    assert past.tables(past.reached(branch["id"])) == past.tables(past.uri)


def test_it_is_renamed_expires_and_is_deleted_with_its_data(past: Past) -> None:
    taken = snapshot(past)
    path = f"{snapshots(past)}/{taken['id']}"
    end = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    changed = past.neon.call("PATCH", path, {"snapshot": {"name": "kept", "expires_at": end}})["snapshot"]
    assert (changed["name"], changed["expires_at"]) == ("kept", end)
    assert "expires_at" not in past.neon.call("PATCH", path, {"snapshot": {"expires_at": None}})["snapshot"]
    data = storage.folder(past.neon.context.home.path) / taken["id"]
    assert data.exists()
    past.neon.settled(past.neon.call("DELETE", path, expect=202))
    assert not data.exists()
    for method in ("PATCH", "DELETE"):
        assert past.neon.refused(404, method, path, {"snapshot": {}}) == ("", "snapshot not found")


def test_an_invalid_request_is_refused(past: Past) -> None:
    path = f"{past.path}/{past.main}/snapshot"
    for query in ("timestamp=never", "lsn=1", "expires_at=2020-01-01T00:00:00Z"):
        past.neon.refused(400, "POST", f"{path}?{query}")
    past.neon.refused(422, "POST", f"{path}?lsn=FFFF/0")
    past.neon.refused(404, "POST", f"{past.path}/br-no-such-12345678/snapshot")
    taken = snapshot(past)
    past.neon.refused(409, "POST", f"{snapshots(past)}/{taken['id']}/restore", {"name": "main"})
    past.neon.refused(400, "POST", f"{snapshots(past)}/{taken['id']}/restore", {"finalize_restore": "yes"})
    for _ in range(9):
        snapshot(past)
    assert past.neon.refused(422, "POST", path)[0] == "SNAPSHOTS_LIMIT_EXCEEDED"


def test_a_schedule_is_kept_as_it_was_given(past: Past) -> None:
    path = f"{past.path}/{past.main}/backup_schedule"
    assert past.neon.call("GET", path) == {"schedule": []}
    wanted = {"schedule": [{"frequency": "daily", "hour": 3, "retention_seconds": 604800}]}
    assert past.neon.call("PUT", path, wanted) == {}
    assert past.neon.call("GET", path) == wanted
    for wrong in ({"frequency": "often"}, {"frequency": "daily", "hour": 24}, {"frequency": "daily", "day": 0}):
        past.neon.refused(400, "PUT", path, {"schedule": [wrong]})
    past.neon.refused(400, "PUT", path, {"schedule": "daily"})


def test_it_survives_a_restart_and_ends_at_its_time(make_home: Callable[[str], Home]) -> None:
    home, ahead = make_home("home"), timedelta()
    with running(home, SECTION) as context, client(context) as neon:
        project = neon.project()
        path = f"/projects/{project['project']['id']}"
        end = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        made = neon.call("POST", f"{path}/branches/{project['branch']['id']}/snapshot", query={"expires_at": end})
        neon.settled(made)
    ahead = timedelta(days=2)
    with running(home) as context, client(context) as neon:
        assert [item["id"] for item in neon.call("GET", f"{path}/snapshots")["snapshots"]] == [made["snapshot"]["id"]]
        assert (storage.folder(home.path) / made["snapshot"]["id"]).exists()
    with running(home, clock=lambda: datetime.now(UTC) + ahead) as context, client(context) as neon:
        until(lambda: neon.call("GET", f"{path}/snapshots")["snapshots"] == [])
        until(lambda: not (storage.folder(home.path) / made["snapshot"]["id"]).exists())


def test_a_fresh_neon_has_none(neon: Neon, project: Document) -> None:
    assert neon.call("GET", f"/projects/{project['project']['id']}/snapshots") == {"snapshots": []}
