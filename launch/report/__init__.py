"""Findings, reports, exit codes, and how a verb shows them."""

from launch.report import html, json, markdown, problems, remedies, text
from launch.report.attachment import Attachment, attachment
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
from launch.report.printable import printable
from launch.report.remedies import RUN
from launch.report.report import Report, Section, Span, Table, Timeline
from launch.report.verb import Answer, listeners, plain_verb, verb

__all__ = [
    "RUN",
    "Answer",
    "Attachment",
    "Check",
    "ExitCode",
    "FailedError",
    "Finding",
    "NotPassedError",
    "Report",
    "Section",
    "Span",
    "Table",
    "Timeline",
    "UncheckedError",
    "UnsafeError",
    "Verdict",
    "attachment",
    "console",
    "html",
    "json",
    "listeners",
    "markdown",
    "plain_verb",
    "printable",
    "problems",
    "remedies",
    "text",
    "verb",
    "worst",
]
