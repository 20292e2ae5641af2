"""A report as GitHub-flavoured Markdown of limited size: whole rows are left out, the least important first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from launch.report.findings import Finding, Verdict
from launch.report.printable import one_line, printable, shortened
from launch.report.report import Report, Section

COMMENT = 65_536
"""Capacity of a GitHub comment, in characters. It is counted here in bytes, of which there are never fewer."""
SMALLEST = 4_096
"""Smallest usable limit in bytes: below it there is no room for title and summary."""

_LONGEST_CELL = 1_000
_LONGEST_TITLE = 100
_OPEN_ROWS = 12
"""Rows of a minor section that are visible without a click."""
_MARKS = {
    Verdict.PASSED: "✅",
    Verdict.NOTED: "ℹ️",  # noqa: RUF001 -- an emoji
    Verdict.UNCHECKED: "❔",
    Verdict.FAILED: "❌",
    Verdict.UNSAFE: "🚨",
}
_FACTS, _REMEDIES, _WRONG, _OTHER, _MINOR = range(5)
_LOUD = "⚠️"
_BREAK = "&#8203;"
"""A zero-width space: GitHub looks for mentions and issue references in the text after removing escapes."""
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "|": "&#124;",
        "@": f"@{_BREAK}",
        "#": f"#{_BREAK}",
        "\n": "<br>",
        **{each: f"\\{each}" for each in "\\`*_[]~!"},
    }
)
_LIST_MARK = re.compile(r"^(\d*)([-+=.)])")
"""Would start a list or a heading at the beginning of a line; an escape disarms the second group."""


@dataclass
class _Part:
    """A piece of the page: a title, something fixed, and rows that can be left out."""

    rank: int
    rows: list[str]
    title: str = ""
    head: Sequence[str] = ()
    foot: Sequence[str] = ()
    folded: bool = False
    left_out: int = field(default=0, init=False)

    def text(self) -> str:
        """Return the part as text. An omission never cuts a row in half."""
        lines = [*self.head, *self.rows, *self.foot] if self.rows else []
        note = [f"*{self.left_out} more left out: there was no room.*"] if self.left_out else []
        body = "\n".join(lines) + ("\n\n" if lines and note else "") + "\n".join(note)
        if self.folded:
            count = len(self.rows) + self.left_out
            # A summary is HTML, where mentions work as well.
            name = escape(one_line(self.title or "More"), quote=False).replace("@", f"@{_BREAK}")
            return f"<details><summary>{name} ({count})</summary>\n\n{body}\n\n</details>"
        return f"### {paragraph(self.title)}\n\n{body}" if self.title else body


def render(report: Report, *, limit: int | None = None) -> str:
    """Return the page, in at most `limit` bytes of UTF-8. Raises ValueError for a limit below `SMALLEST`."""
    if limit is not None and limit < SMALLEST:
        raise ValueError(f"the limit must be {SMALLEST} bytes or more, and is {limit}")
    parts = list(_parts(report))
    if limit is not None and _size(_joined(report, parts)) > limit:
        for part in parts:
            part.folded = part.folded or part.rank >= _OTHER
        return _shrunk(report, parts, limit)
    return _joined(report, parts)


def cell(text: str) -> str:
    """Return text for a cell of a table: nothing in it is markup, and it ends neither cell nor row."""
    return shortened(printable(text).strip(), _LONGEST_CELL).translate(_ESCAPES)


def paragraph(text: str) -> str:
    """Return text for a line of its own: nothing in it is markup."""
    return _LIST_MARK.sub(r"\1\\\2", shortened(one_line(text), _LONGEST_CELL).translate(_ESCAPES))


def _joined(report: Report, parts: Iterable[_Part], missing: int = 0) -> str:
    stack = f" of stack {report.stack}" if report.stack else ""
    title = paragraph(shortened(one_line(f"{report.title}{stack}"), _LONGEST_TITLE))
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in report.counts.items() if count)
    summary = paragraph(shortened(report.summary, _LONGEST_TITLE * 2))
    mark = _LOUD if report.loud and report.verdict.good else _MARKS[report.verdict]
    pieces = [f"## {mark} {title}", f"**{summary}**" + (f" {counts}." if counts else "")]
    pieces += [text for part in parts if (text := part.text())]
    if missing:
        pieces.append(f"*{missing} more parts left out: there was no room.*")
    return "\n\n".join(pieces) + "\n"


def _parts(report: Report) -> Iterator[_Part]:
    facts = [f"- {paragraph(name)}: {paragraph(value)}" for name, value in report.facts.items()]
    yield _Part(rank=_FACTS, rows=facts)
    remedies = [
        f"- {paragraph(shortened(', '.join(names), _LONGEST_TITLE * 2))}: {paragraph(remedy)}"
        for remedy, names in report.remedies()
    ]
    yield _Part(rank=_REMEDIES, rows=remedies, title="What to do" if remedies else "")
    for section in report.sections:
        if not section.empty:
            yield from _section(section)


def _section(section: Section) -> Iterator[_Part]:
    title = shortened(one_line(section.title), _LONGEST_TITLE)
    rank = _WRONG if section.loud else _MINOR if section.minor else _OTHER
    if section.loud:
        title = f"{_LOUD} {title}"
    if section.intro:
        yield _Part(rank=rank, rows=[paragraph(section.intro)], title=title)
        title = ""
    wrong = [finding for finding in section.findings if not finding.verdict.good]
    good = [finding for finding in section.findings if finding.verdict.good]
    if wrong:
        yield _table(_WRONG, title, ("what", "check", "result", "detail"), map(_row, wrong))
        title = ""
    if good:
        name = title or "As declared"
        yield _table(_MINOR, name, ("what", "check", "result", "detail"), map(_row, good), folding=True)
        title = ""
    for table in section.worded:
        if table.rows:
            name = ": ".join(filter(None, (title, shortened(one_line(table.title), _LONGEST_TITLE))))
            yield _table(rank, name, table.columns, table.rows, folding=section.minor)
            title = ""
    if section.lines:
        lines = [printable(line) for line in section.lines]
        runs = [len(run) for line in lines for run in re.findall("`+", line)]
        fence = "`" * max([3, *(run + 1 for run in runs)])
        folded = section.minor and len(lines) > _OPEN_ROWS
        yield _Part(rank=rank, rows=lines, title=title, head=[f"{fence}text"], foot=[fence], folded=folded)


def _row(finding: Finding) -> tuple[str, ...]:
    result = f"{_MARKS[finding.verdict]} {finding.verdict.value}"
    return finding.subject, finding.name, result, finding.detail


def _table(
    rank: int, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, folding: bool = False
) -> _Part:
    head = [_line(columns), "|" + " --- |" * len(columns)]
    lines = [_line(row) for row in rows]
    return _Part(rank=rank, rows=lines, title=title, head=head, folded=folding and len(lines) > _OPEN_ROWS)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(map(cell, cells)) + " |"


def _size(text: str) -> int:
    return len(text.encode())


def _shrunk(report: Report, parts: list[_Part], limit: int) -> str:
    """Return the page without the rows, and then whole parts, for which there is no room."""
    order = [part for _, part in sorted(enumerate(parts), key=lambda each: (-each[1].rank, -each[0]))]
    excess = _size(_joined(report, parts)) - limit
    for part in order:
        while excess > 0 and part.rows:
            part.left_out += 1
            freed = _size(part.rows.pop()) + 1
            # The size of the omission note is known only once it is there, so the total is checked again when it seems
            # to fit.
            excess = excess - freed if excess > freed and part.rows else _size(_joined(report, parts)) - limit
    missing = 0
    while (text := _joined(report, parts, missing)) and _size(text) > limit:
        parts.remove(order[missing])
        missing += 1
    return text
