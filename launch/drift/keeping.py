"""Keep a look for later display: its facts, and the reports of drift and of the outside checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launch import looks
from launch.report import Report, Section, json

if TYPE_CHECKING:
    from launch.drift.seen import Seen


def keep(seen: Seen) -> Report:
    """Save the look, and return the report of drift."""
    report = seen.report()
    outside = Report(
        title="Verification",
        kind="verify",
        stack=seen.stack,
        facts={"seen from": seen.seen_from},
        sections=(Section(findings=seen.outside),),
    )
    looks.save(seen.stack, "facts", seen.facts())
    looks.save(seen.stack, "drift", json.document(report))
    looks.save(seen.stack, "verify", json.document(outside))
    return report
