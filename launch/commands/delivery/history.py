"""`launch history`: the deployments of a stack: when, by whom, what changed, and until when they can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from launch.history import restore_point
from launch.report import Report, Section, Table, Verdict, verb
from launch.selection import named
from launch.stack import Setting, Update

_SHOWN_COMMIT = 10
_WORDS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "import": "imported",
    "refresh": "refreshed",
}
_PARTS = ("create-replacement", "delete-replaced", "read", "discard", "discard-replaced")
"""Operations that are parts of a replacement, and operations that change nothing."""


@verb("history", help="List the deployments of the stack, newest first, and until when each can be undone.")
@click.option("--stack", "name", help="The stack; by default PULUMI_STACK or the sandbox's.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many, newest first.")
@click.option("--all", "everything", is_flag=True, help="Also refreshes and what failed.")
def history(*, name: str | None, limit: int, everything: bool) -> Report:
    """Return a row for each; `launch rollback plan NUMBER` shows how to return to one."""
    stack = named(name)
    past = stack.history()
    listed = [each for each in past if everything or each.deployed][:limit]
    return report(stack.name, past, listed, datetime.now(UTC))


def report(stack: str, past: Sequence[Update], listed: Sequence[Update], now: datetime) -> Report:
    """The report of those that are listed. `past` is all of the history, newest first."""
    documents = [document(each, past, now) for each in listed]
    return Report(
        title="History",
        kind="history",
        stack=stack,
        facts={"deployments": str(sum(each.deployed for each in past)), "shown": str(len(listed))},
        sections=(Section(tables=(_table(documents),)),),
        summaries={
            Verdict.PASSED: "`launch rollback plan NUMBER` shows how to return to one of them."
            if listed
            else "Nothing was deployed yet."
        },
        examined=max(1, len(listed)),
        data={"deployments": documents},
    )


def document(update: Update, past: Sequence[Update], now: datetime) -> dict[str, Any]:
    """Return one deployment as JSON. `past` is the whole history, newest first."""
    earlier = next((each for each in past if each.number < update.number and each.deployed), None)
    point = restore_point(update)
    return {
        "number": update.number,
        "kind": update.kind,
        "result": update.result,
        "began": update.began.isoformat(),
        "ended": update.ended.isoformat() if update.ended else None,
        "who": update.who,
        "commit": update.commit,
        "dirty": update.dirty,
        "message": update.message,
        "changes": {_WORDS.get(name, name): count for name, count in update.changes.items() if name not in _PARTS},
        "settings": {key: _setting(update.settings.get(key)) for key in update.changed_settings(earlier)},
        "restore_point": {"at": point.at.isoformat(), "until": point.until.isoformat(), "kept": point.kept(now)},
    }


def _setting(setting: Setting | None) -> str:
    if setting is None:
        return "default"
    return "secret" if setting.secret else setting.value


def _table(documents: Sequence[dict[str, Any]]) -> Table:
    rows = [
        (
            str(each["number"]),
            each["began"][:19].replace("T", " "),
            each["who"] or "unknown",
            f"{each['commit'][:_SHOWN_COMMIT]}{' with changes' if each['dirty'] else ''}" or "unknown",
            _changed(each),
            f"until {each['restore_point']['until'][11:16]}" if each["restore_point"]["kept"] else "no longer",
        )
        for each in documents
    ]
    return Table(
        columns=("number", "began (UTC)", "who", "commit", "what changed", "database can go back"), rows=tuple(rows)
    )


def _changed(each: dict[str, Any]) -> str:
    counts = [f"{count} {name}" for name, count in each["changes"].items()]
    counts += [f"{key.partition(':')[2]} is {value}" for key, value in each["settings"].items()]
    if each["kind"] != "update" or each["result"] != "succeeded":
        counts.insert(0, f"{each['kind']} {each['result']}")
    return ", ".join(counts) or "nothing"
