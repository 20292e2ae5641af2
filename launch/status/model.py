"""What a check is evaluated against, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from contract.paths import PROJECT
from launch.report import Verdict
from launch.status.evidence import Evidence


@dataclass(frozen=True)
class Result:
    """What a check, or a bead, came to."""

    verdict: Verdict
    """Passed, failed or not checked."""
    detail: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What checks are evaluated against."""

    evidence: Evidence | None
    """The last look at the stack, if there was one."""
    checkouts: Mapping[str, Path] = field(default_factory=dict)
    """Where other checkouts are."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    project: Path = PROJECT
