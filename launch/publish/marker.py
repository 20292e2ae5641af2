"""The hidden mark by which a report finds its earlier text. Nobody sees it, and no report can contain it."""

from __future__ import annotations

import re

from contract.problem import Problem
from launch.report import Report, markdown
from vendors import GitHub

_STACK = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


def marker(kind: str, stack: str) -> str:
    """Return an HTML comment. Raises Problem for an invalid stack name, which could end the comment."""
    if not _STACK.fullmatch(stack) or "--" in stack:
        raise Problem(f"{stack!r} cannot be the name of a stack", remedy="Name one with --stack.")
    return f"<!-- prductr-launch {kind} {stack} -->"


def body(report: Report) -> str:
    """Return the report for GitHub, marked, within the capacity of a comment or an issue."""
    mark = marker(report.kind, report.stack or "")
    return f"{mark}\n{markdown.render(report, limit=markdown.COMMENT - len(mark) - 1)}"


def is_ours(found: object, mark: str, login: str) -> bool:
    """Return whether this token wrote the comment or issue, and it bears the mark: anybody could write the mark."""
    if not isinstance(found, dict):
        return False
    author = (found.get("user") or {}).get("login", "")
    return author == login and str(found.get("body") or "").startswith(mark)


def link(found: object, github: GitHub) -> str:
    """Return its address for people."""
    return str(found.get("html_url") or github.repository) if isinstance(found, dict) else github.repository
