"""The apex must not stay where nothing serves it: not if the new project fails, not if the check is impossible, and not
if the process died between the move and the check.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from launch.adopt import AdoptionError, Journal
from launch.adopt.hands import Hands
from launch.adopt.journal import BEGUN, DONE, FAILED
from launch.adopt.moves import move, settle
from launch.report import UncheckedError

HOST = "prductr.com"
Projects = tuple[str, str]


@pytest.fixture
def projects(hands: Hands, project: Callable[[str], str]) -> Projects:
    """Return the project that has the host, and the one that it moves to."""
    old, new = project("prductr-com"), project("prductr-landing")
    hands.vercel.add_domain(old, HOST)
    return old, new


def serves(_: str) -> str:
    return ""


def fails(_: str) -> str:
    return "it answers 500"


def unseen(_: str) -> str:
    raise UncheckedError("this machine is offline")


def test_a_host_stays_where_it_is_served(hands: Hands, projects: Projects) -> None:
    move(hands, HOST, *projects, serves)
    assert hands.holder(HOST) == projects[1]


def test_a_host_that_is_not_served_goes_back(hands: Hands, projects: Projects) -> None:
    with pytest.raises(AdoptionError, match="the old one has it again: it answers 500"):
        move(hands, HOST, *projects, fails)
    assert hands.holder(HOST) == projects[0]


def test_a_host_that_could_not_be_checked_goes_back(hands: Hands, projects: Projects) -> None:
    with pytest.raises(UncheckedError):
        move(hands, HOST, *projects, unseen)
    assert hands.holder(HOST) == projects[0]


@pytest.fixture
def died(tmp_path: Path, hands: Hands, projects: Projects) -> Journal:
    """The journal of a run that was killed between the move and the check."""
    journal = Journal.open(tmp_path / "adoption.jsonl", "prod")
    back = {"kind": "move", "host": HOST, "from": projects[0], "to": projects[1]}
    journal.note(f"move:{HOST}", BEGUN, title="move", back=back)
    hands.move(HOST, *projects)
    return journal


def test_the_next_run_checks_a_move_that_a_killed_run_had_not_checked(
    hands: Hands, projects: Projects, died: Journal
) -> None:
    with pytest.raises(AdoptionError, match="the old one has it again"):
        settle(hands, died, fails)
    assert hands.holder(HOST) == projects[0]
    settle(hands, died, fails)  # it is on the old one: there is nothing to check
    hands.move(HOST, *projects)
    died.note(f"move:{HOST}", FAILED)
    settle(hands, died, serves)
    assert hands.holder(HOST) == projects[1]
    assert died.entries[f"move:{HOST}"].phase == DONE


def test_a_checked_move_is_not_checked_again(hands: Hands, projects: Projects, died: Journal) -> None:
    died.note(f"move:{HOST}", DONE)
    settle(hands, died, fails)
    assert hands.holder(HOST) == projects[1]
