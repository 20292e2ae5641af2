"""Findings, exit codes and how both are shown."""

from launch.report import remedies
from launch.report.console import console
from launch.report.exit_codes import ExitCode
from launch.report.findings import (
    Check,
    FailedError,
    Finding,
    NotPassedError,
    UncheckedError,
    UnsafeError,
    Verdict,
    worst,
)
from launch.report.remedies import RUN

__all__ = [
    "RUN",
    "Check",
    "ExitCode",
    "FailedError",
    "Finding",
    "NotPassedError",
    "UncheckedError",
    "UnsafeError",
    "Verdict",
    "console",
    "remedies",
    "worst",
]
