"""Keep the reports of verbs, for the pages that show them."""

from __future__ import annotations

from launch.looks.store import save
from launch.report import Report, json

KEPT = {"drift": "drift", "verify": "verify", "up": "verify", "runbook": "runbook", "history": "history"}
"""Maps the kind of a report to the page that shows it; a page has the name of the verb that makes it."""


def keep(report: Report) -> None:
    """Keep a report that has a page, in place of the previous one."""
    if report.stack and (page := KEPT.get(report.kind)):
        save(report.stack, page, json.document(report))
