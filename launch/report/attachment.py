"""The report of another verb, read from its JSON: a rehearsal's findings, the links of a review stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.problem import Problem
from launch.report.findings import Verdict
from launch.report.report import Section, Table

_REMEDY = "Write it with the verb's --json."
_GOOD = frozenset({Verdict.PASSED.value, Verdict.NOTED.value})


@dataclass(frozen=True)
class Attachment:
    """What a report of another run adds to this one."""

    document: dict[str, Any]
    """All of it, as the verb printed it."""
    section: Section
    """Its summary, the findings that are not in order, and its tables."""


def attachment(path: Path) -> Attachment:
    """Read a report that a verb wrote with `--json`. Raises Problem for a file that holds none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        what = f"the report cannot be read ({error.strerror})"
        raise Problem(what, where=str(path), remedy=_REMEDY) from None
    except (ValueError, RecursionError):
        raise Problem("this is not a report: it is not JSON in UTF-8", where=str(path), remedy=_REMEDY) from None
    try:
        return Attachment(document=found, section=_section(found))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Problem("this is not a report of a verb", where=str(path), remedy=_REMEDY) from None


def _section(found: dict[str, Any]) -> Section:
    stack = f" of stack {found['stack']}" if found["stack"] else ""
    wrong = tuple(
        (f"{each['subject']}: {each['check']}", str(each["detail"]))
        for each in found["checks"]
        if each["verdict"] not in _GOOD
    )
    return Section(
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
