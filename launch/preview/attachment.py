"""The JSON report of another verb about the same change: a rehearsal's findings, a review stack's links."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contract.problem import Problem
from launch.report import Section, Table, Verdict

_REMEDY = "Write it with the verb's --json."
_GOOD = frozenset({Verdict.PASSED.value, Verdict.NOTED.value})


def attachment(path: Path) -> Iterator[Section]:
    """Yield its summary with whatever is wrong, and its tables. Raises Problem for a file that contains no report."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        what = f"the report cannot be read ({error.strerror})"
        raise Problem(what, where=str(path), remedy=_REMEDY) from None
    except (ValueError, RecursionError):
        raise Problem("this is not a report: it is not JSON in UTF-8", where=str(path), remedy=_REMEDY) from None
    try:
        yield from _sections(found)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Problem("this is not a report of a verb", where=str(path), remedy=_REMEDY) from None


def _sections(found: dict[str, Any]) -> Iterator[Section]:
    stack = f" of stack {found['stack']}" if found.get("stack") else ""
    wrong = tuple(
        (f"{each['subject']}: {each['check']}", str(each["detail"]))
        for each in found["checks"]
        if each["verdict"] not in _GOOD
    )
    yield Section(
        title=f"{found['title']}{stack}",
        intro=str(found["summary"]),
        tables=(Table(columns=("what", "found"), rows=wrong), *_tables(found["sections"])),
        loud=found["exit_code"] > 1,
    )


def _tables(sections: list[dict[str, Any]]) -> Iterator[Table]:
    for section in sections:
        for each in section["tables"]:
            rows = tuple(tuple(map(str, row)) for row in each["rows"])
            yield Table(columns=tuple(map(str, each["columns"])), rows=rows, title=each["title"] or section["title"])
