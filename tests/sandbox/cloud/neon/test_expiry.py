"""Branches that expire. Prevents: a review's database that stays for ever, or one that expires too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sandbox.base.home import Home
from sandbox.cloud.neon.model.operations import timestamp
from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import SECTION, Neon, client, running, until

HOUR = timedelta(hours=1)


@pytest.fixture
def branch(neon: Neon, project: Document) -> Iterator[str]:
    """Return the path of a branch without an expiry."""
    path = f"/projects/{project['project']['id']}/branches"
    made = neon.settled(neon.call("POST", path, {"branch": {"name": "review"}}, expect=201))["branch"]
    assert "expires_at" not in made
    yield f"{path}/{made['id']}"
    neon.settled(neon.call("DELETE", f"{path}/{made['id']}"))


def soon(**delta: float) -> str:
    return timestamp(datetime.now(UTC) + timedelta(**delta))


def test_an_expired_branch_is_gone_with_endpoint_server_and_data(make_home: Callable[[str], Home]) -> None:
    passed = timedelta()
    home = make_home("expiring")
    with running(home, SECTION, lambda: datetime.now(UTC) + passed) as context, client(context) as neon:
        project = neon.project()
        path = f"/projects/{project['project']['id']}"
        now = context.clock()
        asked = {"name": "review", "expires_at": (now + HOUR).astimezone(timezone(2 * HOUR)).isoformat()}
        body = {"branch": asked, "endpoints": [{"type": "read_write"}]}
        made = neon.settled(neon.call("POST", f"{path}/branches", body, expect=201))
        one = f"{path}/branches/{made['branch']['id']}"
        shown = neon.call("GET", one)["branch"]
        assert shown["expires_at"] == timestamp(now + HOUR)
        assert shown["ttl_interval_seconds"] == HOUR.seconds
        server = neon.server(made["branch"]["id"])
        assert server.pid()
        passed = HOUR - timedelta(minutes=1)
        with neon.connect(made["connection_uris"][0]["connection_uri"]) as connection:
            connection.execute("select")
        passed = HOUR + timedelta(minutes=1)
        until(lambda: neon.http.get(one).status_code == 404)
        until(lambda: not server.directory.exists())
        assert server.pid() is None
        neon.refused(404, "GET", f"{path}/endpoints/{made['endpoints'][0]['id']}")
        assert [item["name"] for item in neon.call("GET", f"{path}/branches")["branches"]] == ["main"]


def test_a_branch_that_expires_while_nothing_runs_is_gone_after_the_next_start(
    make_home: Callable[[str], Home],
) -> None:
    home = make_home("late")
    with running(home, SECTION) as context, client(context) as neon:
        path = f"/projects/{neon.project()['project']['id']}/branches"
        body = {"branch": {"expires_at": soon(hours=1)}}
        made = neon.settled(neon.call("POST", path, body, expect=201))["branch"]
    with running(home, clock=lambda: datetime.now(UTC) + 2 * HOUR) as context, client(context) as neon:
        until(lambda: neon.http.get(f"{path}/{made['id']}").status_code == 404)


def test_an_expiry_is_moved_and_removed(neon: Neon, branch: str) -> None:
    first, second = soon(hours=1), soon(days=29)
    assert neon.call("PATCH", branch, {"branch": {"expires_at": first}})["branch"]["expires_at"] == first
    assert neon.call("PATCH", branch, {"branch": {"name": "kept"}})["branch"]["expires_at"] == first
    assert neon.call("PATCH", branch, {"branch": {"expires_at": second}})["branch"]["expires_at"] == second
    lifted = neon.call("PATCH", branch, {"branch": {"expires_at": None}})["branch"]
    assert {"expires_at", "ttl_interval_seconds"} & set(lifted) == set()


@pytest.mark.parametrize(
    "wrong",
    ["", "tomorrow", "2999-01-01", "2999-01-01T00:00:00", "2999-01-01T00:00:00Z+01:00", "2999-13-01T00:00:00Z", 1],
)
def test_an_expiry_that_is_not_a_time_is_refused(neon: Neon, branch: str, wrong: object) -> None:
    message = neon.refused(400, "PATCH", branch, {"branch": {"expires_at": wrong}})[1]
    assert message == "expires_at must be a time in the form of RFC 3339, such as 2026-02-28T12:00:00Z"


def test_an_expiry_lies_within_the_next_thirty_days(neon: Neon, project: Document, branch: str) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    for wrong in (soon(hours=-1), soon(days=31), "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        for method, where in (("PATCH", branch), ("POST", path)):
            message = neon.refused(400, method, where, {"branch": {"expires_at": wrong}})[1]
            assert message == "expires_at must be in the future, and at most 30 days from now"


def test_a_default_or_protected_branch_does_not_expire_and_an_expiring_one_is_no_parent(
    neon: Neon, project: Document, branch: str
) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    default = f"{path}/{project['branch']['id']}"
    end = {"expires_at": soon(hours=1)}

    def refused(method: str, where: str, fields: Document | None = None) -> str:
        return neon.refused(422, method, where, None if fields is None else {"branch": fields})[1]

    assert refused("PATCH", default, end) == "the default branch cannot expire"
    assert refused("PATCH", branch, end | {"protected": True}) == "a protected branch cannot expire"
    assert refused("POST", path, end | {"protected": True}) == "a protected branch cannot expire"
    child = {"parent_id": branch.rpartition("/")[2]}
    made = neon.settled(neon.call("POST", path, {"branch": child}, expect=201))["branch"]
    assert refused("PATCH", branch, end) == "a branch that has children cannot expire"
    neon.settled(neon.call("DELETE", f"{path}/{made['id']}"))
    neon.call("PATCH", branch, {"branch": end})
    assert refused("POST", path, child) == "a branch that expires cannot have children"
    assert refused("PATCH", branch, {"protected": True}) == "a protected branch cannot expire"
    assert refused("POST", f"{branch}/set_as_default") == "the default branch cannot expire"
    assert neon.call("PATCH", branch, {"branch": {"protected": True, "expires_at": None}})["branch"]["protected"]
    neon.call("PATCH", branch, {"branch": {"protected": False}})
