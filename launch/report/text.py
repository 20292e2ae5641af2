"""A report for a terminal or a log. A word carries the verdict; colour only repeats it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from launch.report.findings import Finding, Verdict
from launch.report.printable import one_line, printable
from launch.report.report import Report, Section, Table

STYLES = {
    Verdict.PASSED: "green",
    Verdict.NOTED: "cyan",
    Verdict.UNCHECKED: "yellow",
    Verdict.FAILED: "red",
    Verdict.UNSAFE: "bold red",
}
_NAMED = 4
"""How many subjects are named for each remedy."""


def show(report: Report, out: Console) -> None:
    """Print the report."""
    stack = f" of stack {report.stack}" if report.stack else ""
    out.print(Text(one_line(f"{report.title}{stack}"), "bold"))
    for name, value in report.facts.items():
        _line(Text(f"  {one_line(name)}: {one_line(value)}"), out)
    for section in report.sections:
        if not section.empty:
            _section(section, out)
    out.print()
    out.print(Text(one_line(report.summary), STYLES[report.verdict]))
    for remedy, subjects in report.remedies():
        _line(Text(f"  - {_names(subjects)}: {one_line(remedy)}"), out)


def _names(subjects: Sequence[str]) -> str:
    more = len(subjects) - _NAMED
    return ", ".join(map(one_line, subjects[:_NAMED])) + (f" and {more} more" if more > 0 else "")


def _section(section: Section, out: Console) -> None:
    out.print()
    if section.title:
        out.print(Text(one_line(section.title), "bold red" if section.loud else "bold"))
    if section.intro:
        _line(Text(one_line(section.intro)), out)
    if section.findings:
        out.print(_findings(section.findings))
    for table in section.worded:
        _table(table, out)
    for line in section.lines:
        out.print(Text(printable(line)), soft_wrap=True)


def _grid(columns: Iterable[str]) -> Grid:
    grid = Grid(box=None, pad_edge=False)
    for column in columns:
        grid.add_column(Text(one_line(column)), overflow="fold")
    return grid


def _findings(findings: Sequence[Finding]) -> Grid:
    grid = _grid(("what", "check", "result", "detail"))
    grid.columns[2].no_wrap = True
    previous = ""
    for finding in findings:
        subject = "" if finding.subject == previous else one_line(finding.subject)
        verdict = Text(finding.verdict.value, STYLES[finding.verdict])
        grid.add_row(Text(subject), Text(one_line(finding.name)), verdict, Text(printable(finding.detail)))
        previous = finding.subject
    return grid


def _table(table: Table, out: Console) -> None:
    if table.title:
        out.print(Text(one_line(table.title)))
    if not table.rows:
        return
    cells = [[printable(cell) for cell in row] for row in table.rows]
    if table.wide:
        _unfolded([[one_line(each) for each in table.columns], *cells], out)
        return
    grid = _grid(table.columns)
    for row in cells:
        grid.add_row(*map(Text, row))
    out.print(grid)


def _unfolded(rows: Sequence[Sequence[str]], out: Console) -> None:
    """Print rows whose cells stay whole, whatever the width: nobody can follow a truncated link."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        line = "  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        out.print(Text(line.rstrip()), soft_wrap=True)


def _line(text: Text, out: Console) -> None:
    """Print a line of prose. It stays whole in a log, because a search would miss a phrase broken in two."""
    out.print(text, soft_wrap=not out.is_terminal)
