"""Restoring a branch. Prevents: a restore that loses the present state, the address or the children."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sandbox.state.store import Document
from tests.sandbox.cloud.neon.past import Past
from tests.sandbox.cloud.neon.test_operations import LOCKED


def restore(past: Past, branch_id: str, **body: object) -> Document:
    """Restore a branch; return the response once all is done."""
    return past.neon.settled(past.neon.call("POST", f"{past.path}/{branch_id}/restore", body))


@pytest.mark.parametrize(("field", "kind"), [("source_timestamp", "time"), ("source_lsn", "lsn")])
def test_a_branch_is_restored_and_its_previous_state_stays_under_another_name(
    past: Past, field: str, kind: str
) -> None:
    fields = {field: past.before[kind], "preserve_under_name": "main_old"}
    answer = restore(past, past.main, source_branch_id=past.main, **fields)
    shown = past.neon.call("GET", f"{past.path}/{past.main}")["branch"]
    assert (answer["branch"]["id"], shown["name"], shown["default"]) == (past.main, "main", True)
    assert shown["last_reset_at"] >= past.project["branch"]["created_at"]
    assert past.tables(past.uri) == {"kept": [(1,)]}
    assert past.names(past.main, "roles") == ["neondb_owner"]
    old = past.named("main_old")
    assert not old["default"]
    assert {"parent_id", "parent_timestamp", "parent_lsn"} & (set(old) | set(shown)) == set()
    assert past.tables(past.reached(old["id"])) == {"more": []}
    assert sorted(past.names(old["id"], "roles")) == ["late", "neondb_owner"]
    server = past.neon.server(old["id"])
    past.neon.settled(past.neon.call("DELETE", f"{past.path}/{old['id']}"))
    assert server.pid() is None
    assert not server.directory.exists()
    assert past.tables(past.uri) == {"kept": [(1,)]}


def test_a_restore_is_undone_from_the_branch_that_it_kept(past: Past) -> None:
    body = {"source_branch_id": past.main, "source_timestamp": past.before["time"], "preserve_under_name": "old"}
    restore(past, past.main, **body)
    with past.neon.connect(past.uri) as connection:
        connection.execute("insert into kept values (5)")
    data = past.neon.server(past.main).directory
    restore(past, past.main, source_branch_id=past.named("old")["id"])
    assert past.tables(past.uri) == {"more": []}
    assert sorted(past.names(past.main, "roles")) == ["late", "neondb_owner"]
    assert not data.exists()
    assert past.neon.call("GET", f"{past.path}/count") == {"count": 2}


def test_the_history_of_the_kept_branch_is_kept_and_that_of_the_restored_one_begins(past: Past) -> None:
    body = {"source_branch_id": past.main, "source_lsn": past.before["lsn"], "preserve_under_name": "old"}
    restore(past, past.main, **body)
    old = past.named("old")["id"]
    made = past.branch(parent_id=old, parent_timestamp=past.before["time"])
    assert past.tables(made["connection_uris"][0]["connection_uri"]) == {"kept": [(1,)]}
    wrong = {"parent_timestamp": past.before["time"]}
    message = past.neon.refused(422, "POST", past.path, {"branch": wrong})[1]
    assert message.startswith(f"the time {past.before['time']} precedes the history of branch main")


def test_the_children_of_a_restored_branch_move_to_the_kept_branch(past: Past) -> None:
    child = past.branch(name="child")["branch"]["id"]
    body = {"source_branch_id": past.main, "source_lsn": past.before["lsn"], "preserve_under_name": "old"}
    restore(past, past.main, **body)
    old = past.named("old")["id"]
    assert past.named("child")["parent_id"] == old
    assert past.neon.refused(422, "DELETE", f"{past.path}/{old}")[1] == "cannot delete branch that has children"
    restore(past, child, source_branch_id=old, source_lsn=past.before["lsn"], preserve_under_name="child_old")
    kept = past.named("child_old")
    assert (past.named("child")["parent_id"], kept["parent_id"]) == (kept["id"], old)
    assert past.tables(past.reached(child)) == {"kept": [(1,)]}
    assert past.tables(past.reached(kept["id"])) == {"more": []}


def test_a_child_is_reset_to_its_parent_and_its_time_begins_anew(past: Past) -> None:
    end = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = past.branch(name="review", expires_at=end)
    address = made["connection_uris"][0]["connection_uri"]
    with past.neon.connect(address) as connection:
        connection.execute("drop table more; create table own (id int)")
        time.sleep(1)
        shown = restore(past, made["branch"]["id"], source_branch_id=past.main)["branch"]
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select")
    assert past.tables(address) == {"more": []}
    assert (shown["parent_id"], shown["expires_at"] > end) == (past.main, True)


def test_a_root_that_was_replaced_from_another_branch_can_never_be_deleted(past: Past) -> None:
    child = past.branch(name="child", parent_lsn=past.before["lsn"])["branch"]["id"]
    restore(past, past.main, source_branch_id=child, preserve_under_name="old")
    assert past.tables(past.uri) == {"kept": [(1,)]}
    past.neon.settled(past.neon.call("DELETE", f"{past.path}/{child}"))
    old = past.named("old")["id"]
    message = past.neon.refused(422, "DELETE", f"{past.path}/{old}")[1]
    assert message == "cannot delete the root or default branch of a project"


def test_a_restored_branch_that_slept_sleeps_on(past: Past) -> None:
    endpoint = f"/projects/{past.project['project']['id']}/endpoints/{past.project['endpoints'][0]['id']}"
    past.neon.settled(past.neon.call("POST", f"{endpoint}/suspend"))
    body = {"source_branch_id": past.main, "source_lsn": past.before["lsn"], "preserve_under_name": "old"}
    restore(past, past.main, **body)
    assert past.neon.call("GET", endpoint)["endpoint"]["current_state"] == "idle"
    assert past.neon.server(past.main).pid() is None
    assert past.tables(past.uri) == {"kept": [(1,)]}


def test_a_branch_that_expires_does_not_become_a_parent_by_a_restore(past: Past) -> None:
    end = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    child = past.branch(name="child")["branch"]["id"]
    review = past.branch(name="review", expires_at=end)["branch"]["id"]
    body = {"source_branch_id": review}
    message = past.neon.refused(422, "POST", f"{past.path}/{child}/restore", body)[1]
    assert message == "a branch that expires cannot have children"


def test_an_invalid_restore_is_refused_and_changes_nothing(past: Past) -> None:
    child = past.branch(name="child")["branch"]["id"]
    path = f"{past.path}/{past.main}/restore"
    time_, lsn = past.before["time"], past.before["lsn"]

    def refused(status: int, **body: object) -> str:
        return past.neon.refused(status, "POST", path, body)[1]

    assert refused(400) == "source_branch_id is required"
    assert refused(404, source_branch_id="br-no") == "branch not found"
    assert refused(400, source_branch_id=past.main).startswith("source_timestamp or source_lsn is required")
    assert refused(400, source_branch_id=past.main, source_lsn=lsn).startswith("preserve_under_name is required")
    assert refused(400, source_branch_id=child).startswith("preserve_under_name is required")
    both = {"source_timestamp": time_, "source_lsn": lsn}
    assert refused(400, source_branch_id=past.main, **both) == "source_timestamp and source_lsn exclude one another"
    own = {"source_branch_id": past.main, "preserve_under_name": "old"}
    assert refused(422, **own, source_timestamp="2020-01-01T00:00:00Z").startswith("the time 2020-01-01T00:00:00")
    assert refused(422, **own, source_lsn="FF/0").startswith("LSN FF/0 is outside the history")
    taken = own | {"preserve_under_name": "child", "source_lsn": lsn}
    assert past.neon.refused(409, "POST", path, taken)[0] == "BRANCH_ALREADY_EXISTS"
    past.neon.refused(404, "POST", f"{past.path}/br-no/restore", own)
    assert past.tables(past.uri) == {"more": []}
    assert sorted(item["name"] for item in past.neon.call("GET", past.path)["branches"]) == ["child", "main"]


def test_a_branch_its_source_and_the_kept_branch_are_locked_while_it_is_restored(past: Past) -> None:
    child = past.branch(name="child")["branch"]["id"]
    body = {"source_branch_id": past.main, "preserve_under_name": "old", "source_lsn": past.before["lsn"]}
    answer = past.neon.call("POST", f"{past.path}/{child}/restore", body)
    for branch_id in (child, past.main, past.named("old")["id"]):
        assert past.neon.refused(423, "POST", f"{past.path}/{branch_id}/restore", body) == LOCKED
        assert past.neon.refused(423, "PATCH", f"{past.path}/{branch_id}", {"branch": {"name": "x"}}) == LOCKED
    past.neon.settled(answer)
