"""The longest gap decides about a launch. Prevents: a gap that is not counted, and a false one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from launch.rehearse import Host, Visit, Visitors


def host(*visits: tuple[float, int]) -> Host:
    return Host("prductr.com", visits=[Visit(at, 0.01, status) for at, status in visits])


def test_a_host_that_is_served_throughout_has_no_gap() -> None:
    seen = host((-0.2, 200), (-0.1, 200), (0.0, 200), (0.1, 308), (0.2, 404))
    assert (seen.before, seen.failed, seen.gap(1.0)) == (200, [], 0.0)


def test_a_gap_lasts_from_the_first_failure_to_the_next_success() -> None:
    seen = host((-0.1, 200), (0.1, 200), (0.2, 0), (0.3, 502), (0.5, 200), (0.6, 500), (0.7, 200))
    assert len(seen.failed) == 3
    assert seen.gap(1.0) == pytest.approx(0.3)
    assert seen.gaps(1.0) == [(0.2, 0.5), (0.6, 0.7)]


def test_a_host_that_is_no_longer_served_has_a_gap_to_the_end() -> None:
    seen = host((-0.1, 200), (0.4, 0), (0.6, 0))
    assert seen.gap(2.0) == pytest.approx(1.6)
    assert seen.gaps(2.0) == [(0.4, 2.0)]


def test_a_host_that_was_never_served_cannot_fail() -> None:
    seen = host((-0.1, 0), (0.1, 0), (0.2, 502))
    assert (seen.served_before, seen.failed, seen.gap(1.0)) == (False, [], 0.0)


def test_a_host_that_is_served_for_the_first_time_can_fail_from_then_on() -> None:
    seen = host((-0.1, 0), (0.1, 0), (0.2, 200), (0.3, 0), (0.4, 200))
    assert [visit.at for visit in seen.failed] == [0.3]


def test_a_host_that_returns_503_on_purpose_is_judged_by_its_earlier_responses() -> None:
    seen = host((-0.1, 503), (0.1, 503), (0.2, 0), (0.3, 503))
    assert [visit.at for visit in seen.failed] == [0.2]
    assert seen.gap(1.0) == pytest.approx(0.1)


class Slow(list[Visit]):
    """Visits that take a while to go through."""

    def __iter__(self) -> Iterator[Visit]:
        yield from self[:]
        time.sleep(0.1)


class Answering:
    """An internet that answers at once."""

    def __init__(self) -> None:
        self.answers: list[float] = []

    async def get(self, _: str) -> SimpleNamespace:
        self.answers.append(time.monotonic())
        return SimpleNamespace(status=200)


def test_a_visit_while_the_beginning_is_marked_is_counted_once_at_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    internet = Answering()

    @asynccontextmanager
    async def connected(_: object) -> AsyncIterator[Answering]:
        yield internet

    monkeypatch.setattr("launch.rehearse.hosts.Internet.from_environment", connected)
    monkeypatch.setattr("launch.rehearse.hosts._PAUSE", 0.01)
    with Visitors([("prductr.com", "/"), ("www.prductr.com", "/")], {}) as visitors:
        for each in visitors.hosts:
            each.visits = Slow(each.visits)
        visitors.await_settled(5)
        time.sleep(0.3)
        called = time.monotonic()
        visitors.begin()
        took = time.monotonic() - called
        time.sleep(0.1)
    seen = sorted(visit.at for each in visitors.hosts for visit in each.visits)
    asked = [moment - internet.answers[0] for moment in internet.answers]
    assert took >= 0.2, "other visits were due meanwhile"
    assert len(seen) == len(asked)
    assert [at - seen[0] for at in seen] == pytest.approx(asked, abs=0.1)


def test_visits_that_end_by_themselves_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: object) -> None:
        raise RuntimeError("no resolver")

    monkeypatch.setattr("launch.rehearse.hosts.Internet.from_environment", unknown)
    with Visitors([("prductr.com", "/")], {}) as visitors:
        visitors.await_settled(10)
    assert visitors.trouble == ["nobody visited any more: no resolver"]
    assert visitors.hosts[0].visits == []
