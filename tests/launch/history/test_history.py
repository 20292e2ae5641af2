"""`launch history` over recorded histories. Prevents: a deployment that nobody can date, name or undo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from launch.commands.delivery.history import document
from launch.history import restore_point
from launch.stack.past import Update, updates
from launch.stack.stack import Stack
from tests.verbs import call

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def entry(hours_ago: float, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    """Return an entry as the engine prints it."""
    began = NOW - timedelta(hours=hours_ago)
    config = changes.pop("config", {})
    return {
        "version": 0,
        "kind": "update",
        "startTime": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "endTime": (began + timedelta(minutes=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "message": "Raise the limit\n\nbody",
        "environment": {"git.author": "A. Person", "git.head": "0123456789abcdef", "git.dirty": "false"},
        "config": {"prductr:databaseHistorySeconds": {"value": "21600", "secret": False}, **config},
        "result": "succeeded",
        "resourceChanges": {"same": 40, "update": 2, "create-replacement": 1, "replace": 1, "delete-replaced": 1},
        **changes,
    }


def past(*entries: dict[str, Any]) -> list[Update]:
    return updates(entries)


def test_a_deployment_shows_its_date_author_changes_and_how_long_it_can_be_undone() -> None:
    on = {"prductr:enableRls": {"value": "true", "secret": False}, "neon:apiKey": {"value": "x", "secret": True}}
    found = past(entry(1, config={**on, "prductr:enableRls": {"value": "false", "secret": False}}), entry(9, config=on))
    shown = document(found[0], found, NOW)
    assert (shown["number"], shown["who"], shown["commit"]) == (2, "A. Person", "0123456789abcdef")
    assert shown["message"] == "Raise the limit"
    assert shown["changes"] == {"updated": 2, "replaced": 1}
    assert shown["settings"] == {"prductr:enableRls": "false"}
    assert shown["restore_point"] == {
        "at": "2026-11-30T11:00:00+00:00",
        "until": "2026-11-30T17:00:00+00:00",
        "kept": True,
    }
    assert document(found[1], found, NOW)["restore_point"]["kept"] is False


def test_a_secret_setting_is_shown_by_name_alone() -> None:
    found = past(entry(1, config={"prductr:userSecretsMasterKey": {"value": "k" * 44, "secret": True}}), entry(2))
    shown = document(found[0], found, NOW)
    assert shown["settings"] == {"prductr:userSecretsMasterKey": "secret"}
    assert "kkkk" not in repr(found)


def test_numbers_stay_the_same_after_later_deployments() -> None:
    old = [entry(3), entry(4)]
    assert [each.number for each in past(entry(1), *old)] == [3, 2, 1]
    assert past(entry(1), *old)[1:] == past(*old)


@pytest.mark.parametrize(
    ("changes", "deployed"),
    [
        ({}, True),
        ({"result": "failed"}, False),
        ({"result": "in-progress", "endTime": None}, False),
        ({"kind": "refresh"}, False),
        ({"kind": "destroy"}, False),
    ],
)
def test_only_an_update_that_succeeded_counts_as_a_deployment(changes: dict[str, Any], deployed: bool) -> None:
    assert past(entry(1, **changes))[0].deployed is deployed


@pytest.mark.parametrize("value", ["", "soon", "-5"])
def test_without_a_readable_window_that_of_the_smallest_plan_is_used(value: str) -> None:
    (found,) = past(entry(1, config={"prductr:databaseHistorySeconds": {"value": value, "secret": False}}))
    point = restore_point(found)
    assert point.until - point.at == timedelta(hours=6)


def test_an_entry_without_git_or_settings_is_shown_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = {"kind": "update", "startTime": "2026-11-30T11:00:00.000Z", "result": "succeeded", "message": ""}
    monkeypatch.setattr(Stack, "history", lambda _: past(bare))
    monkeypatch.setattr("launch.commands.delivery.history.named", lambda _: Stack(name="prod", environment={}))
    done = call("history")
    assert done.exit_code == 0
    assert "unknown" in done.stdout


@pytest.mark.parametrize("arguments", [("--limit", "0"), ("--limit", "many"), ("3",), ("--since", "yesterday")])
def test_a_mistake_is_one_sentence(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launch.commands.delivery.history.named", lambda _: pytest.fail("the stack was looked for"))
    done = call("history", *arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
