"""Branches of the past. Prevents: a rollback that is rehearsed on the state that it should undo."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.cloud.neon.past import Past, moment
from tests.sandbox.cloud.neon.test_operations import LOCKED


@pytest.mark.parametrize(("field", "kind"), [("parent_timestamp", "time"), ("parent_lsn", "lsn")])
def test_a_branch_of_an_earlier_moment_has_the_data_of_then_and_nothing_later(
    past: Past, field: str, kind: str
) -> None:
    made = past.branch(**{field: past.before[kind]})
    assert made["branch"][field] == past.before[kind]
    assert {"parent_timestamp", "parent_lsn"} & set(made["branch"]) == {field}
    uri = made["connection_uris"][0]["connection_uri"]
    assert past.tables(uri) == {"kept": [(1,)]}
    assert past.tables(past.uri) == {"more": []}
    assert past.names(made["branch"]["id"], "roles") == ["neondb_owner"]
    assert past.names(made["branch"]["id"], "databases") == ["neondb"]
    assert sorted(past.names(past.main, "roles")) == ["late", "neondb_owner"]
    with past.neon.connect(uri) as connection:
        connection.execute("insert into kept values (3)")
        assert connection.execute("show neon.branch_id").fetchone() == (made["branch"]["id"],)
    assert past.tables(uri) == {"kept": [(1,), (3,)]}
    past.neon.settled(past.neon.call("DELETE", f"{past.path}/{made['branch']['id']}"))


def test_a_branch_of_the_past_has_a_past_and_children_of_its_own(past: Past) -> None:
    first = past.branch(parent_timestamp=past.before["time"])
    uri = first["connection_uris"][0]["connection_uri"]
    with past.neon.connect(uri) as connection:
        connection.execute("insert into kept values (2)")
    then = moment(past.neon, uri)
    with past.neon.connect(uri) as connection:
        connection.execute("delete from kept")
    for fields in ({"parent_timestamp": then["time"]}, {"parent_lsn": then["lsn"]}):
        child = past.branch(parent_id=first["branch"]["id"], **fields)
        assert past.tables(child["connection_uris"][0]["connection_uri"]) == {"kept": [(1,), (2,)]}
    head = past.branch(parent_id=first["branch"]["id"])
    assert past.tables(head["connection_uris"][0]["connection_uri"]) == {"kept": []}
    uri = head["connection_uris"][0]["connection_uri"]
    with past.neon.connect(uri) as connection:
        connection.execute("insert into kept values (9)")
    then = moment(past.neon, uri)
    with past.neon.connect(uri) as connection:
        connection.execute("drop table kept")
    child = past.branch(parent_id=head["branch"]["id"], parent_timestamp=then["time"])
    assert past.tables(child["connection_uris"][0]["connection_uri"]) == {"kept": [(9,)]}


def test_a_role_that_was_dropped_since_is_back_with_a_new_password(past: Past) -> None:
    one = f"{past.path}/{past.main}"
    with_late = moment(past.neon, past.uri)
    past.neon.settled(past.neon.call("DELETE", f"{one}/databases/late"))
    past.neon.settled(past.neon.call("DELETE", f"{one}/roles/late"))
    made = past.branch(parent_lsn=with_late["lsn"])
    query = {"branch_id": made["branch"]["id"], "database_name": "late", "role_name": "late"}
    uri = past.neon.call("GET", f"/projects/{past.project['project']['id']}/connection_uri", query=query)["uri"]
    assert past.tables(uri) == {}


def test_a_sleeping_branch_has_its_past_too(past: Past) -> None:
    endpoint = f"/projects/{past.project['project']['id']}/endpoints/{past.project['endpoints'][0]['id']}"
    past.neon.settled(past.neon.call("POST", f"{endpoint}/suspend"))
    made = past.branch(parent_timestamp=past.before["time"])
    assert past.tables(made["connection_uris"][0]["connection_uri"]) == {"kept": [(1,)]}


def test_moments_outside_the_history_are_refused(past: Past) -> None:
    def refused(status: int, **fields: object) -> str:
        return past.neon.refused(status, "POST", past.path, {"branch": fields})[1]

    early = past.project["branch"]["created_at"].replace("Z", "+00:00")
    early = (datetime.fromisoformat(early) - timedelta(seconds=2)).isoformat()
    late = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    assert "precedes the history of branch main, which begins at " in refused(422, parent_timestamp=early)
    assert refused(422, parent_timestamp=late) == f"the time {late} lies in the future"
    assert refused(422, parent_lsn="0/1").startswith("LSN 0/1 is outside the history of branch main, 0/")
    assert refused(422, parent_lsn="FF/0").startswith("LSN FF/0 is outside the history of branch main, 0/")
    assert refused(400, parent_lsn="1234") == "parent_lsn must be a log sequence number, such as 0/1DE2850"
    assert refused(400, parent_timestamp="yesterday").startswith(
        "parent_timestamp must be a time in the form of RFC 3339"
    )
    both = {"parent_timestamp": past.before["time"], "parent_lsn": past.before["lsn"]}
    assert refused(400, **both) == "parent_timestamp and parent_lsn exclude one another"
    project = f"/projects/{past.project['project']['id']}"
    past.neon.call("PATCH", project, {"project": {"history_retention_seconds": 0}})
    assert refused(422, parent_timestamp=past.before["time"]) == "branch main has no history"
    assert past.neon.call("GET", f"{past.path}/count") == {"count": 1}


def test_a_branch_that_is_being_made_is_locked_and_not_without_history(past: Past) -> None:
    child = past.neon.call("POST", past.path, {"branch": {"name": "child"}}, expect=201)
    body = {"branch": {"parent_id": child["branch"]["id"], "parent_timestamp": datetime.now(UTC).isoformat()}}
    assert past.neon.refused(423, "POST", past.path, body) == LOCKED
    past.neon.settled(child)


def test_history_reaches_back_as_far_as_the_project_sets(past: Past) -> None:
    project = f"/projects/{past.project['project']['id']}"
    past.neon.call("PATCH", project, {"project": {"history_retention_seconds": 1}})
    time.sleep(1)
    body = {"branch": {"parent_timestamp": past.before["time"]}}
    assert "precedes the history of branch main" in past.neon.refused(422, "POST", past.path, body)[1]


def test_data_of_an_older_sandbox_has_no_history_but_can_be_branched(past: Past) -> None:
    stored = past.neon.context.store.get("neon.branches", past.main)
    assert stored
    older = {key: value for key, value in stored.items() if key != "_timeline"}
    past.neon.context.store.put("neon.branches", stored["id"], older)
    body = {"branch": {"parent_timestamp": past.before["time"]}}
    assert past.neon.refused(422, "POST", past.path, body)[1] == "branch main has no history"
    assert past.tables(past.branch()["connection_uris"][0]["connection_uri"]) == {"more": []}
