"""Mistyped commands. Prevents: a mistake that moves production."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract.problem import Problem
from launch.rollback import Vendors
from launch.rollback.journal import Journal
from launch.rollback.model import How, Loss, Plan, Step
from launch.rollback.target import target
from launch.stack.past import updates
from launch.stack.stack import Stack
from tests.full_disk import full_disk
from tests.launch.history.test_history import entry
from tests.verbs import call

BAD = (
    ("plan", "0"),
    ("plan", "-1"),
    ("plan", "newest"),
    ("plan", "1", "2"),
    ("apply", "0"),
    ("apply", "1", "--force"),
    ("apply", "yesterday"),
    ("rescue",),
    ("rescue", "users"),
    ("rescue", "users", "--at", "yesterday"),
    ("rescue", "users", "--at", "2026-11-30T12:00:00"),
    ("rescue", "users", "--at", "2999-01-01T00:00:00Z"),
    ("rescue", "--at", "2026-01-01T00:00:00Z"),
    ("rescue", "users; drop table x", "--at", "2026-01-01T00:00:00Z"),
    ("rescue", "Users", "--at", "2026-01-01T00:00:00Z"),
    ("rescue", "a.b.c", "--at", "2026-01-01T00:00:00Z"),
    ("undo",),
)


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_a_mistake_is_one_sentence_and_exit_code_1_and_touches_nothing(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launch.commands.delivery.rollback.named", lambda _: pytest.fail("the stack was looked for"))
    done = call("rollback", *arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert done.stdout == ""


PAST = updates([entry(1), entry(2, result="failed"), entry(3, kind="refresh"), entry(4), entry(5)])
"""Numbers 5 to 1."""


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (6, "there is no deployment 6"),
        (5, "5 is the newest deployment"),
        (4, r"4 \(update, failed\)"),
        (3, r"3 \(refresh, succeeded\)"),
    ],
)
def test_an_unknown_number_is_refused(number: int, message: str) -> None:
    with pytest.raises(Problem, match=message):
        target(PAST, number)


def test_the_default_is_the_deployment_before_the_newest_and_failures_are_undone_too() -> None:
    to, undone = target(PAST, None)
    assert to.number == 2
    assert [each.number for each in undone] == [5, 4]
    assert target(PAST, 1)[1][-1].number == 2


def test_the_default_after_a_failed_deployment_is_the_newest_that_succeeded() -> None:
    to, undone = target(updates([entry(1, result="failed"), entry(2, kind="refresh"), entry(3), entry(4)]), None)
    assert to.number == 2
    assert [each.number for each in undone] == [4]
    assert target(updates([entry(1, result="failed"), entry(2)]), None)[0].number == 1


def test_one_deployment_alone_has_nothing_before_it() -> None:
    with pytest.raises(Problem, match="nothing lies before"):
        target(updates([entry(1)]), None)


PLAN = Plan(
    to=PAST[1],
    undone=tuple(PAST[:1]),
    at=PAST[0].began,
    steps=(
        Step(subject="Worker x", how=How.ITSELF, detail="d", action="version", place="a/x", wanted="v"),
        Step(subject="schema", how=How.RESTORE, detail="d", action="restore", place="p/b", wanted="t", kept_as="k"),
        Step(subject="row security", how=How.RESTORE, detail="d", follows_restore=True),
        Step(subject="program", how=How.PERSON, detail="d"),
    ),
    losses=(Loss(table="users", rows=3), Loss(table="plans", rows=None)),
)


def test_what_is_left_to_a_person_depends_on_whether_the_database_goes_back() -> None:
    assert [step.subject for step in PLAN.left(restoring=True)] == ["row security", "program"]
    assert [step.subject for step in PLAN.left(restoring=False)] == ["schema", "program"]
    assert [step.subject for step in PLAN.actions(restoring=True)] == ["Worker x", "schema"]
    assert [step.subject for step in PLAN.actions(restoring=False)] == ["Worker x"]


def test_a_journal_survives_its_process_and_a_broken_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launch.rollback.journal.PROJECT", tmp_path)
    stack = Stack(name="prod", environment={"PULUMI_BACKEND_URL": "s3://one"})
    assert Journal.found(stack) is None
    begun = Journal.begin(stack, PLAN, restoring=True)
    assert Journal.found(stack) == begun
    assert (begun.steps, begun.losses) == (PLAN.steps, PLAN.losses)
    assert Journal.found(Stack(name="prod", environment={"PULUMI_BACKEND_URL": "s3://two"})) is None
    begun.file.write_text('{"to": 4}')
    with pytest.raises(Problem, match="cannot be read"):
        Journal.found(stack)
    begun.end()
    assert Journal.found(stack) is None


def test_a_journal_for_which_the_disk_has_no_room_is_not_begun_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launch.rollback.journal.PROJECT", tmp_path)
    stack = Stack(name="prod", environment={})
    with pytest.raises(OSError, match="File too large") as raised, full_disk():
        Journal.begin(stack, PLAN, restoring=False)
    assert raised.value.filename == str(Journal.place(stack)), "the command line tells it as an error"
    assert Journal.found(stack) is None
    assert list(Journal.place(stack).parent.iterdir()) == []


def test_a_different_rollback_than_the_one_under_way_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launch.rollback.journal.PROJECT", tmp_path)
    stack = Stack(name="prod", environment={})
    Journal.begin(stack, PLAN, restoring=False)
    monkeypatch.setattr("launch.commands.delivery.rollback.named", lambda _: stack)
    done = call("rollback", "apply", "3", "--json")
    document: dict[str, Any] = done.document
    assert (done.exit_code, document["error"]) == (1, "a rollback to 4 is unfinished")
    assert call("rollback", "apply", "--abandon").exit_code == 0
    assert Journal.found(stack) is None


def test_a_rollback_that_is_under_way_is_not_turned_into_a_restore(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    journal = Journal(file=tmp_path / "journal.json", to=4, restoring=False, steps=(), losses=())
    monkeypatch.setattr("launch.commands.delivery.rollback.named", lambda _: SimpleNamespace(name="prod"))
    monkeypatch.setattr(Journal, "found", lambda _: journal)
    done = call("rollback", "apply", "--restore-database")
    assert done.exit_code == 1
    assert "a rollback to 4 is unfinished; it leaves the database as it is" in done.stderr
    assert "--abandon" in done.stderr


def test_no_restore_begins_while_an_update_holds_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launch.rollback.journal.PROJECT", tmp_path)
    stack = Stack(name="prod", environment={"PULUMI_BACKEND_URL": f"file://{tmp_path}"})
    locks = tmp_path / ".pulumi" / "locks" / "organization" / stack.project / "prod"
    locks.mkdir(parents=True)
    (locks / "update.json").write_text(json.dumps({"pid": os.getpid(), "timestamp": datetime.now(UTC).isoformat()}))
    monkeypatch.setattr("launch.commands.delivery.rollback.named", lambda _: stack)
    monkeypatch.setattr("launch.commands.delivery.rollback.plan", lambda *_: PLAN)
    monkeypatch.setattr(Vendors, "go", lambda *_: pytest.fail("something went back"))
    done = call("rollback", "apply", "--restore-database", "--json")
    assert done.exit_code == 1
    assert "another update is running" in done.document["error"]
    assert Journal.found(stack) is None
