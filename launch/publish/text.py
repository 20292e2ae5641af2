"""The text of a comment: the report itself, then parts that other verbs add and renew on their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from launch.report import Report, markdown

PART = markdown.SMALLEST * 2
"""Longest part, in bytes."""
_HEADS = 200
"""Bytes for the lines that begin a part and those between."""
_HEAD = re.compile(r"^<!-- prductr-launch part ([a-z]+) -->\n", re.MULTILINE)


@dataclass(frozen=True)
class Text:
    """A marked comment, taken apart."""

    mark: str
    report: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    """By name."""

    @classmethod
    def read(cls, mark: str, body: str) -> Self:
        """From a comment that begins with the mark."""
        report, *rest = _HEAD.split(body.removeprefix(mark).strip("\n"))
        parts = dict(zip(rest[::2], (each.strip("\n") for each in rest[1::2]), strict=True))
        return cls(mark, report.strip("\n"), parts)

    @classmethod
    def joined(cls, mark: str, texts: Iterable[Self]) -> Self:
        """One text of several that were written at the same time: the later ones win."""
        found = cls(mark)
        for each in texts:
            found = replace(found, report=each.report or found.report, parts=found.parts | each.parts)
        return found

    def with_report(self, report: Report) -> Self:
        """The same parts beside this report, shortened so that one more part has room in the comment."""
        beside = replace(self, report="")
        return replace(self, report=_rendered(report, markdown.COMMENT - len(beside.body.encode()) - PART - _HEADS))

    def with_part(self, name: str, report: Report) -> Self:
        """The same report with another one as a part. A name is of lower-case letters."""
        return replace(self, parts=self.parts | {name: _rendered(report, PART)})

    @property
    def body(self) -> str:
        """The comment."""
        parts = (f"<!-- prductr-launch part {name} -->\n{text}\n" for name, text in sorted(self.parts.items()))
        return "\n".join((f"{self.mark}\n{self.report}\n", *parts))


def _rendered(report: Report, limit: int) -> str:
    """Without anything that would read as the beginning of a part, which preformatted lines could hold."""
    text = markdown.render(report, limit=limit).strip("\n")
    return _HEAD.sub(lambda found: found[0].replace("<!--", "<! -"), text)
