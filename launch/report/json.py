"""A report for machines. Adding a field keeps the schema number; removing one or changing its meaning raises it."""

from __future__ import annotations

import json
from typing import Any

from launch.report.findings import Finding
from launch.report.report import Report, Section

SCHEMA = 1


def render(report: Report) -> str:
    """The document as text."""
    return json.dumps(document(report), indent=2)


def document(report: Report) -> dict[str, Any]:
    """The document: the fields of all reports, then those of the verb."""
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
    """Everything but the findings: those of all sections are one list, `checks`."""
    return {
        "title": section.title,
        "intro": section.intro,
        "tables": [
            {"title": each.title, "columns": list(each.columns), "rows": [list(row) for row in each.rows]}
            for each in section.tables
        ],
        "lines": list(section.lines),
    }
