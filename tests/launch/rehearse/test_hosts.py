"""The longest gap decides about a launch. Prevents: a gap that is not counted, and a false one."""

from __future__ import annotations

import pytest

from launch.rehearse import Host, Visit


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
