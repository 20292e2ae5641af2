"""Reviews to sweep, and the reasons. Prevents: a review that outlives its pull request, or is swept too early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from launch.review import Production, Reviews
from launch.stack import MissingStackError, PulumiError

NOW = datetime.now(UTC)
OUTPUTS: dict[int, dict[str, Any]] = {
    1: {"expires_at": (NOW + timedelta(hours=1)).isoformat()},
    2: {"expires_at": (NOW - timedelta(hours=1)).isoformat()},
    3: {},
}


def reviews(monkeypatch: pytest.MonkeyPatch, *, failing: PulumiError | None = None) -> Reviews:
    """Return three reviews: a live one, an ended one, and one that was never finished or whose look fails."""

    def outputs(number: int) -> dict[str, Any]:
        if failing and number == 3:
            raise failing
        return OUTPUTS[number]

    def stack(number: int) -> SimpleNamespace:
        return SimpleNamespace(
            name=f"pr-{number}",
            names=lambda: [f"pr-{each}" for each in OUTPUTS],
            outputs=lambda: outputs(number),
        )

    monkeypatch.setattr("launch.review.reviews.held_by", lambda _: ())
    monkeypatch.setattr("launch.review.reviews.strays", lambda *_: [SimpleNamespace(number=9)])
    return Reviews(cast("Production", SimpleNamespace(review_stack=stack)))


def test_ended_unfinished_and_stackless_reviews_are_swept_whatever_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = reviews(monkeypatch).abandoned(lambda _: False)
    assert found.keys() == {2, 3, 9}
    assert found[2].startswith("it ended at ")
    assert (found[3], found[9]) == ("it was never finished", "it has no stack")


def test_a_closed_pull_request_ends_its_review_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = reviews(monkeypatch).abandoned(lambda number: number == 1)
    assert found[1] == "its pull request is closed"


def test_nothing_is_swept_while_closed_pull_requests_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> bool:
        raise ConnectionError("GitHub does not answer")

    with pytest.raises(ConnectionError):
        reviews(monkeypatch).abandoned(unknown)


def test_a_review_that_cannot_be_looked_at_is_not_taken_for_an_unfinished_one(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = PulumiError("nothing answers")
    with pytest.raises(PulumiError) as raised:
        reviews(monkeypatch, failing=failing).abandoned(lambda _: False)
    assert raised.value is failing


def test_a_review_that_another_run_has_just_removed_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    found = reviews(monkeypatch, failing=MissingStackError("there is no stack pr-3")).abandoned(lambda _: False)
    assert found.keys() == {2, 9}
