"""A report for machines. Adding a field keeps the schema number; removing one or changing its meaning raises it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launch.report.findings import Finding, Verdict
from launch.report.report import Report, Section, Table

SCHEMA = 1


def render(report: Report) -> str:
    """Return the document as text."""
    return json.dumps(document(report), indent=2)


def document(report: Report) -> dict[str, Any]:
    """Return the document: the fields of all reports, then those of the verb."""
    return {
        "schema": SCHEMA,
        "report": report.kind,
        "title": report.title,
        "stack": report.stack,
        "verdict": report.verdict.value,
        "exit_code": int(report.exit_code),
        "summary": report.summary,
        "examined": report.looked_at,
        "counts": {verdict.value: count for verdict, count in report.counts.items()},
        "facts": dict(report.facts),
        "checks": [_finding(finding, section) for section in report.sections for finding in section.findings],
        "sections": [_section(section) for section in report.sections],
        **report.data,
    }


def restored(found: Mapping[str, Any]) -> Report:
    """Return the report of a document, to show it again. Raises KeyError, TypeError or ValueError if it is none.

    The verb's own fields are left out: the findings contain the same facts.
    """
    by_title: dict[str, list[Finding]] = {}
    for each in found["checks"]:
        finding = Finding(
            subject=str(each["subject"]),
            name=str(each["check"]),
            verdict=Verdict(each["verdict"]),
            detail=str(each["detail"]),
            remedy=str(each["remedy"]),
            needs=tuple(each["needs"]),
            seconds=each["seconds"],
        )
        by_title.setdefault(each["section"], []).append(finding)
    sections = tuple(
        Section(
            title=each["title"],
            intro=each["intro"],
            findings=tuple(by_title.pop(each["title"], ())),
            tables=tuple(
                Table(title=table["title"], columns=tuple(table["columns"]), rows=tuple(map(tuple, table["rows"])))
                for table in each["tables"]
            ),
            lines=tuple(each["lines"]),
        )
        for each in found["sections"]
    )
    return Report(
        title=str(found["title"]),
        kind=str(found["report"]),
        stack=found["stack"],
        facts={str(name): str(value) for name, value in found["facts"].items()},
        sections=sections,
        summaries={Verdict(found["verdict"]): str(found["summary"])},
        examined=int(found["examined"]),
    )


def _finding(finding: Finding, section: Section) -> dict[str, Any]:
    return {
        "section": section.title,
        "subject": finding.subject,
        "check": finding.name,
        "verdict": finding.verdict.value,
        "detail": finding.detail,
        "remedy": finding.remedy,
        "security": finding.security,
        "needs": list(finding.needs),
        "seconds": None if finding.seconds is None else round(finding.seconds, 3),
    }


def _section(section: Section) -> dict[str, Any]:
    """Return everything but the findings: those of all sections are one list, `checks`."""
    return {
        "title": section.title,
        "intro": section.intro,
        "tables": [
            {"title": each.title, "columns": list(each.columns), "rows": [list(row) for row in each.rows]}
            for each in section.worded
        ],
        "lines": list(section.lines),
    }
