"""An update that fails on a resource deleted by hand. Prevents: a sandbox that only a person can repair."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from launch.drift import Watch
from launch.local.interrupted import update
from launch.stack import PulumiError, UpdateError


class Stacked:
    """A stack whose plain update fails while the state names a deleted resource."""

    def __init__(self, *, fails: bool, gone: bool, unreachable: bool = False) -> None:
        self.fails, self.gone, self.unreachable = fails, gone, unreachable
        self.did: list[str] = []

    def up(self, *, refresh: bool = False) -> None:
        self.did.append("up --refresh" if refresh else "up")
        if self.fails and not refresh:
            raise UpdateError("`pulumi up` failed (see above).")

    def look(self, watch: Watch) -> None:
        if self.unreachable:
            raise PulumiError("nothing answers")
        if self.gone:
            watch.drifts.append(SimpleNamespace(resource="echome-domain"))  # type: ignore[arg-type]


def run(stack: Stacked) -> list[str]:
    """Return the reported lines."""
    lines: list[str] = []
    found: Any = stack
    update(found, lines.append)
    return lines


def test_a_deleted_resource_is_forgotten_and_the_update_repeated() -> None:
    stack = Stacked(fails=True, gone=True)
    assert run(stack) == ["Changed behind the stack's back: echome-domain."]
    assert stack.did == ["up", "up --refresh"]


def test_an_update_that_failed_for_another_reason_reports_that_failure() -> None:
    for stack in (Stacked(fails=True, gone=False), Stacked(fails=True, gone=True, unreachable=True)):
        with pytest.raises(UpdateError, match="see above"):
            run(stack)
        assert stack.did == ["up"]


def test_a_successful_update_is_compared_once() -> None:
    stack = Stacked(fails=False, gone=False)
    assert run(stack) == []
    assert stack.did == ["up"]
