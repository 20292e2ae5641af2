"""A failed part of the sandbox looked like a slow vendor: the reason was in a log that nobody saw."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.base import Home, failures

PART = "sandbox.cloud.neon"


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Home]:
    root = logging.getLogger()
    before = list(root.handlers)
    home = Home.create(tmp_path / "sandbox", "auto")
    failures.record(home)
    yield home
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)


def test_an_error_is_kept_with_its_part_and_its_cause(recorded: Home) -> None:
    log = logging.getLogger(PART)
    try:
        raise OSError("No space left on device\n")
    except OSError:
        log.exception("create_timeline failed in %s", "cold-wind")
    log.warning("a warning is none")
    (failure,) = failures.since(recorded, 0)
    assert (failure.part, failure.message) == (PART, "create_timeline failed in cold-wind: No space left on device")


def test_only_failures_from_the_given_moment_on_are_returned(recorded: Home) -> None:
    logging.getLogger(PART).error("first")
    (first,) = failures.since(recorded, 0)
    logging.getLogger(PART).error("second")
    assert [failure.message for failure in failures.since(recorded, first.when + 1e-6)] == ["second"]


def test_a_sandbox_in_which_nothing_failed_has_no_failures(recorded: Home) -> None:
    assert failures.since(recorded, 0) == []
