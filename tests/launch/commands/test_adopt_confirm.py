"""The question before a step that visitors notice. Prevents: a step that is taken because nobody could answer."""

from __future__ import annotations

import io
import sys

import click
import pytest

from launch.commands.adopt import _confirm

STEP = ("move prductr.com from prductr-com to prductr-landing", "prductr-landing serves prductr.com from then on.")


class Terminal(io.StringIO):
    """A person at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "goes_on"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_is_asked_and_anything_but_yes_declines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, *, goes_on: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert _confirm(yes=False)(*STEP) is goes_on
    assert f"Next: {STEP[0]}. {STEP[1]} Go on?" in capsys.readouterr().err


def test_without_a_terminal_a_step_is_refused_unless_it_was_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(click.UsageError, match=r"no terminal to ask before this: move prductr\.com.* Give --yes"):
        _confirm(yes=False)(*STEP)
    assert _confirm(yes=True)(*STEP) is True
