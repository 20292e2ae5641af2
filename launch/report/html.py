"""A report as one self-contained page: no script, no request, readable on a phone and in dark mode.

The policy in its head keeps a browser from loading or running anything, whatever text the report contains.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from launch.report.findings import Finding, Verdict
from launch.report.printable import one_line, printable
from launch.report.report import Report, Section, Timeline

_STYLE = Path(__file__).with_name("page.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"
_WIDTH = 1000
_NARROWEST = 4
"""Minimum visible width, in thousandths of a time line."""
_LISTED = 3
"""How many spans of a lane are listed as text."""
_FINDINGS = ("what", "check", "result", "detail")


Link = tuple[str, str, bool]
"""Address and name of another page, and whether it is this one."""


def render(report: Report, *, links: Sequence[Link] = (), figure: str = "") -> str:
    """Return the page. `links` lead to pages beside it; `figure` is inserted as it is, so it must be our own HTML."""
    title = f"{report.title} of stack {report.stack}" if report.stack else report.title
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="referrer" content="no-referrer">',
            '<link rel="icon" href="data:,">',
            f"<title>{_line(title)}: {report.verdict.value}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            *_links(links),
            *_header(report, title),
            "<main>",
            *(
                [f'<div class="figure" role="region" aria-label="Picture" tabindex="0">{figure}</div>']
                if figure
                else []
            ),
            *_remedies(report),
            *(line for section in report.sections if not section.empty for line in _section(section)),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _links(links: Sequence[Link]) -> Iterator[str]:
    if links:
        yield '<nav aria-label="Pages"><ul>'
        for address, name, current in links:
            here = ' aria-current="page"' if current else ""
            yield f'<li><a href="{escape(address)}"{here}>{_line(name)}</a></li>'
        yield "</ul></nav>"


def _header(report: Report, title: str) -> Iterator[str]:
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in report.counts.items() if count)
    yield "<header>"
    yield f"<h1>{_line(title)}</h1>"
    yield f'<p class="summary">{_verdict(report.verdict)} {_line(report.summary)}</p>'
    if counts:
        yield f'<p class="soft">{counts}</p>'
    if report.facts:
        yield "<dl>"
        for name, value in report.facts.items():
            yield f"<dt>{_line(name)}</dt><dd>{_text(value)}</dd>"
        yield "</dl>"
    yield "</header>"


def _remedies(report: Report) -> Iterator[str]:
    found = list(report.remedies())
    if not found:
        return
    yield "<section>"
    yield "<h2>What to do</h2>"
    yield "<ul>"
    for remedy, subjects in found:
        yield f"<li><strong>{_line(', '.join(subjects))}</strong>: {_text(remedy)}</li>"
    yield "</ul>"
    yield "</section>"


def _section(section: Section) -> Iterator[str]:
    yield "<section>"
    if section.title:
        yield f"<h2>{'⚠️ ' if section.loud else ''}{_line(section.title)}</h2>"
    if section.intro:
        yield f"<p>{_text(section.intro)}</p>"
    if section.findings:
        yield from _table("", _FINDINGS, map(_finding, section.findings), kind="findings")
    for table in section.tables:
        if table.rows:
            yield from _table(table.title, table.columns, ([_text(cell) for cell in row] for row in table.rows))
    if section.timeline is not None and section.timeline.spans:
        yield from _timeline(section.timeline)
    if section.lines:
        yield f"<pre>{_text(chr(10).join(section.lines))}</pre>"
    yield "</section>"


def _timeline(timeline: Timeline) -> Iterator[str]:
    """Draw a bar for each lane, with words as well. Bars are measured in thousandths of the whole."""
    yield '<ul class="timeline">'
    for lane, spans in timeline.lanes.items():
        yield f'<li><span class="lane">{_line(lane)}</span>'
        yield f'<svg viewBox="0 0 {_WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">'
        yield f'<rect class="ground" x="0" y="0" width="{_WIDTH}" height="10"/>'
        for span in spans:
            begin = _place(span.begin, timeline)
            width = max(_place(span.end, timeline) - begin, _NARROWEST)
            kind = "trouble" if span.bad else "work"
            yield f'<rect class="{kind}" x="{min(begin, _WIDTH - width)}" y="0" width="{width}" height="10"/>'
        yield "</svg>"
        listed = ", ".join(map(str, spans[:_LISTED])) + (" …" if len(spans) > _LISTED else "")
        yield f'<span class="soft">{_line(listed)}</span></li>'
    yield "</ul>"


def _place(seconds: float, timeline: Timeline) -> int:
    return round(min(max(seconds / timeline.seconds, 0.0), 1.0) * _WIDTH)


def _finding(finding: Finding) -> list[str]:
    return [_text(finding.subject), _text(finding.name), _verdict(finding.verdict), _text(finding.detail)]


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "values") -> Iterator[str]:
    """Yield a table of escaped cells. Roles are explicit: a narrow page shows tables as blocks, which lose them."""
    yield f'<table role="table" class="{kind}">'
    if title:
        yield f"<caption>{_line(title)}</caption>"
    names = "".join(f'<th scope="col" role="columnheader">{_line(column)}</th>' for column in columns)
    yield f'<thead role="rowgroup"><tr role="row">{names}</tr></thead>'
    yield '<tbody role="rowgroup">'
    for first, *others in rows:
        cells = [f'<th scope="row" role="rowheader">{first}</th>']
        cells += [
            f'<td role="cell" data-column="{_line(column)}">{cell}</td>'
            for column, cell in zip(columns[1:], others, strict=True)
        ]
        yield f'<tr role="row">{"".join(cells)}</tr>'
    yield "</tbody>"
    yield "</table>"


def _verdict(verdict: Verdict) -> str:
    return f'<span class="verdict {verdict.name.lower()}">{verdict.value}</span>'


def _text(text: str) -> str:
    return escape(printable(text))


def _line(text: str) -> str:
    return escape(one_line(text))
