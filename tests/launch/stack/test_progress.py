"""The progress of an update. Prevents: hundreds of lines in which the important one is lost or repeated."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pulumi.automation import EngineEvent
from pulumi.automation.events import OpType
from rich.console import Console

from launch.stack.progress import Progress, counted

ROOT = "urn:pulumi:dev::bare::pulumi:pulumi:Stack::bare-dev"


def urn(name: str) -> str:
    return f"urn:pulumi:dev::bare::shop:index/thing:Thing::{name}"


def step(kind: str, op: str, name: str, *, custom: bool = True, of: str = "shop:index/thing:Thing") -> dict[str, Any]:
    state = {"type": of, "urn": urn(name), "custom": custom}
    return {kind: {"metadata": {"op": op, "urn": urn(name), "type": of, "new": state}}}


def diagnostic(severity: str, message: str, about: str | None = None, **more: object) -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": severity, "message": message, "urn": about, "color": "never", **more}}


def summary(**changes: int) -> dict[str, Any]:
    return {"summaryEvent": {"durationSeconds": 7, "resourceChanges": changes}}


def shown(*events: dict[str, Any]) -> tuple[list[str], Progress]:
    """Return the lines of a log, and the progress after the last event."""
    output = io.StringIO()
    with Progress("Updating", Console(file=output, soft_wrap=True)) as progress:
        for event in (*events, {"cancelEvent": {}}):
            progress(EngineEvent.from_json(event))
    return output.getvalue().splitlines(), progress


def test_a_change_is_one_line_and_unchanged_resources_are_only_counted() -> None:
    lines, _ = shown(
        step("resourcePreEvent", "same", "old"),
        step("resOutputsEvent", "same", "old"),
        step("resourcePreEvent", "create", "new"),
        step("resOutputsEvent", "create", "new"),
        step("resOutputsEvent", "create", "group", custom=False),
        step("resOutputsEvent", "create", "shop", of="pulumi:providers:shop"),
        summary(create=3, same=1),
    )
    assert [line.split() for line in lines[:-1]] == [["created", "new", "shop", "Thing", "0.0", "s"]]
    assert lines[-1] == "Updating: 3 created, 1 unchanged in 7 s."


def test_an_error_is_printed_once_at_the_end_and_names_its_resource() -> None:
    error = diagnostic("error", "<{%reset%}>Exception calling application: no such shop<{%reset%}>\n", urn("new"))
    lines, progress = shown(
        error,
        error,
        step("resOpFailedEvent", "create", "new"),
        diagnostic("error", "update failed", ROOT),
        step("resOutputsEvent", "create", "other"),
        summary(create=1),
    )
    assert [line.split()[:2] for line in lines[:2]] == [["failed", "new"], ["created", "other"]]
    assert lines[2:] == ["error: new: no such shop", "error: update failed", "Updating: 1 created in 7 s."]
    assert progress.showed_errors


def test_a_failed_read_is_shown() -> None:
    lines, _ = shown(step("resOpFailedEvent", "refresh", "old"), step("resOpFailedEvent", "create", "new"))
    assert [line.split()[:2] for line in lines] == [["failed", "old"], ["failed", "new"]]


def test_an_error_before_a_success_is_reported_as_a_retry() -> None:
    lines, _ = shown(
        diagnostic("error", "Rate limit was hit", urn("new")),
        step("resOutputsEvent", "create", "new"),
        diagnostic("error", "no such shop", urn("other")),
        step("resOpFailedEvent", "create", "other"),
        summary(create=1),
    )
    assert "tried again: new: Rate limit was hit" in lines
    assert "error: other: no such shop" in lines
    assert not any(line.startswith("error: new") for line in lines)


def test_a_message_about_several_resources_is_printed_once() -> None:
    lines, _ = shown(
        diagnostic("warning", "cannot be destroyed", urn("one")),
        diagnostic("warning", "cannot be destroyed", urn("two")),
    )
    assert lines == ["warning: one, two: cannot be destroyed"]


def test_a_providers_message_is_printed_once_and_ephemeral_and_debug_messages_are_not() -> None:
    lines, progress = shown(
        diagnostic("info#err", "half done", urn("new")),
        diagnostic("info", "half done", urn("new")),
        diagnostic("info", "waiting", urn("new"), ephemeral=True),
        diagnostic("debug", "details", urn("new")),
        diagnostic("info", "[bold]not markup[/bold]", ROOT),
    )
    assert lines == ["  new: half done", "  [bold]not markup[/bold]"]
    assert not progress.showed_errors


def test_a_refusal_that_the_program_prints_counts_as_a_reported_error() -> None:
    lines, progress = shown(
        diagnostic("info#err", "error: rules are broken", ROOT), diagnostic("info#err", "1. a rule", ROOT)
    )
    assert lines == ["  error: rules are broken", "  1. a rule"]
    assert progress.showed_errors


def test_the_summary_of_an_update_that_failed_does_not_read_like_a_success() -> None:
    output = io.StringIO()

    def fail() -> None:
        with Progress("Updating", Console(file=output)) as progress:
            progress(EngineEvent.from_json(summary(same=1)))
            progress(EngineEvent.from_json({"cancelEvent": {}}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert output.getvalue() == "Updating stopped: 1 unchanged in 7 s.\n"


def test_the_engines_own_messages_are_shown() -> None:
    lines, _ = shown({"stdoutEvent": {"message": "^C received; cancelling.\n", "color": "never"}})
    assert lines == ["^C received; cancelling."]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({OpType.SAME: 48}, "48 unchanged"),
        ({OpType.SAME: 46, OpType.CREATE: 2, OpType.DELETE: 0}, "2 created, 46 unchanged"),
        ({OpType.REPLACE: 1, OpType.CREATE_REPLACEMENT: 1, OpType.DELETE_REPLACED: 1}, "1 replaced"),
        ({}, "nothing to do"),
    ],
)
def test_the_summary_counts_in_words(changes: dict[OpType, int], words: str) -> None:
    assert counted(changes) == words
