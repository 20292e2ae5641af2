"""The branch of a review, on a stand-in for Neon's client. Prevents: a review that works on production's branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.review.branch import BranchError, BranchProvider

PRODUCTION, HOST = "br-production", "ep-production.eu.neon.tech"
CHILD = {"id": "br-x", "parent_id": PRODUCTION, "name": "review/pr-7", "expires_at": "2026-12-01T00:00:00Z"}
PROPS: dict[str, Any] = {
    "project": "p",
    "parent": PRODUCTION,
    "name": "review/pr-7",
    "generation": 1,
    "rows": "purged",
    "compute_units": 0.25,
    "expires_at": "2026-12-02T00:00:00Z",
    "production_hosts": [HOST],
    "host": "ep-review.eu.neon.tech",
}


class Neon:
    """Answers what a test says, and records each change."""

    def __init__(self, branch: dict[str, Any] | None, *, host: str = "ep-review.eu.neon.tech") -> None:
        self.found, self.host = branch, host
        self.changes: list[str] = []

    def branches(self, _project: str) -> list[dict[str, Any]]:
        return [self.found] if self.found else []

    def branch(self, _project: str, _branch: str) -> dict[str, Any] | None:
        return self.found

    def change_branch(self, _project: str, branch: str, _change: dict[str, Any]) -> dict[str, Any]:
        self.changes.append(branch)
        assert self.found is not None
        return self.found

    def branch_endpoints(self, _project: str, branch: str) -> list[dict[str, Any]]:
        return [{"type": "read_write", "host": self.host, "branch_id": branch}]

    def roles(self, _project: str, _branch: str) -> list[dict[str, Any]]:
        return [{"name": "another_owner"}]

    def reset_password(self, _project: str, _branch: str, _role: str) -> str:
        return "a-new-one"


Given = Callable[[Neon], Neon]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    def give(neon: Neon) -> Neon:
        monkeypatch.setattr("components.review.branch._neon", lambda: neon)
        return neon

    return give


def test_a_new_end_is_set_on_the_review_s_own_branch(given: Given) -> None:
    neon = given(Neon(CHILD))
    outs = BranchProvider().update("br-x", PROPS, PROPS).outs or {}
    assert (outs["branch_id"], outs["host"], neon.changes) == ("br-x", PROPS["host"], ["br-x"])


@pytest.mark.parametrize(
    "branch",
    [None, {**CHILD, "parent_id": "br-of-somebody"}, {**CHILD, "default": True}, {**CHILD, "protected": True}],
)
def test_no_end_is_set_on_a_branch_that_is_gone_or_not_the_review_s(
    given: Given, branch: dict[str, Any] | None
) -> None:
    neon = given(Neon(branch))
    with pytest.raises(BranchError):
        BranchProvider().update("br-x", PROPS, PROPS)
    assert neon.changes == []


def test_a_host_that_has_become_production_s_is_refused(given: Given) -> None:
    neon = given(Neon(CHILD))
    with pytest.raises(BranchError, match="leads to production"):
        BranchProvider().update("br-x", PROPS, {**PROPS, "production_hosts": [HOST, PROPS["host"]]})
    assert neon.changes == []


def test_an_endpoint_of_production_and_a_branch_without_the_owner_are_refused(given: Given) -> None:
    given(Neon(CHILD, host=HOST))
    with pytest.raises(BranchError, match="leads to production"):
        BranchProvider().create(PROPS)
    given(Neon(CHILD))
    with pytest.raises(BranchError, match="has no role neondb_owner, but another_owner"):
        BranchProvider().create(PROPS)
