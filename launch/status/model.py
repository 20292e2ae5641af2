"""The sources of a check, and its result."""

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
    """The result of a check or a bead."""

    verdict: Verdict
    """Passed, failed or not checked."""
    detail: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The sources that checks are evaluated against."""

    evidence: Evidence | None
    """The last look at the stack, if there is one."""
    checkouts: Mapping[str, Path] = field(default_factory=dict)
    """The folders of other checkouts, by name."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    project: Path = PROJECT
