"""The result of every verb, in one shape. Renderers show it; this module knows nothing of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from launch.report.exit_codes import ExitCode
from launch.report.findings import Finding, Verdict, worst

SUMMARIES = {
    Verdict.PASSED: "Everything is as declared.",
    Verdict.UNCHECKED: "Not everything could be checked.",
    Verdict.FAILED: "Not everything is as declared.",
    Verdict.UNSAFE: "Tenants are not isolated.",
}
"""Default summaries, for a report without its own."""

COMMON = (
    "schema",
    "report",
    "title",
    "stack",
    "verdict",
    "exit_code",
    "summary",
    "examined",
    "counts",
    "facts",
    "checks",
    "sections",
)
"""Fields of the JSON document that every report has."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text. Every row has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    wide: bool = False
    """Whether no cell may be folded, whatever the width. For links, for example."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has {len(row)} cells, and the table {len(self.columns)} columns: {row}")


@dataclass(frozen=True, kw_only=True)
class Span:
    """An activity with a beginning and an end."""

    lane: str
    """Name of the activity; spans of one lane share a row."""
    begin: float
    """Seconds from the beginning of the time line."""
    end: float
    bad: bool = False

    def __str__(self) -> str:
        return f"{self.begin:.2f} to {self.end:.2f} s"


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Activities in the order of time."""

    seconds: float
    """Its length, above zero."""
    spans: tuple[Span, ...] = ()

    @property
    def lanes(self) -> dict[str, list[Span]]:
        """The spans of each lane, in the order in which the lanes begin."""
        found: dict[str, list[Span]] = {}
        for span in sorted(self.spans, key=lambda each: each.begin):
            found.setdefault(span.lane, []).append(span)
        return found

    @property
    def table(self) -> Table:
        """The same as a table."""
        rows = tuple((lane, ", ".join(map(str, spans))) for lane, spans in self.lanes.items())
        return Table(columns=("what", "when"), rows=rows)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a report: findings, then tables, then a time line, then lines."""

    title: str = ""
    intro: str = ""
    """One or two sentences."""
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    timeline: Timeline | None = None
    """Drawn on a page; elsewhere a table."""
    lines: tuple[str, ...] = ()
    """Preformatted text: line breaks and spaces are kept."""
    minor: bool = False
    """Whether it is dropped first if there is no room for everything."""
    loud: bool = False
    """Whether nobody may overlook it: it is dropped last, and marks even a report that passed."""

    @property
    def empty(self) -> bool:
        """Whether it has nothing but a title."""
        drawn = self.timeline is not None and self.timeline.spans
        return not (self.intro or self.findings or self.lines or drawn or any(table.rows for table in self.tables))

    @property
    def worded(self) -> tuple[Table, ...]:
        """The tables, with the time line as one."""
        return self.tables if self.timeline is None else (*self.tables, self.timeline.table)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result of a verb."""

    title: str
    """One line, such as `Verification`."""
    kind: str
    """The verb's name, for machines."""
    stack: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """Facts that the reader must know to judge the rest, such as where the checks ran from."""
    sections: tuple[Section, ...] = ()
    summaries: Mapping[Verdict, str] = field(default_factory=dict)
    """The meaning of each verdict here, if `SUMMARIES` is too general."""
    examined: int | None = None
    """Number of objects that were examined, for a verb that lists only faults. Default: the number of findings."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the JSON document that only this verb has."""

    def __post_init__(self) -> None:
        if taken := sorted(self.data.keys() & set(COMMON)):
            raise ValueError(f"{', '.join(taken)}: every report has this field already")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all sections."""
        return tuple(finding for section in self.sections for finding in section.findings)

    @property
    def looked_at(self) -> int:
        """The number of objects that were examined."""
        if self.examined is not None:
            return self.examined
        return sum(finding.verdict is not Verdict.NOTED for finding in self.findings)

    @property
    def verdict(self) -> Verdict:
        """The worst finding's verdict. Without findings: passed if anything was examined, otherwise not checked."""
        verdict = worst(self.findings)
        judged = any(finding.verdict is not Verdict.NOTED for finding in self.findings)
        return verdict if judged or not self.looked_at else Verdict.PASSED

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the verb."""
        return self.verdict.exit_code

    @property
    def summary(self) -> str:
        """The verdict in a sentence."""
        return self.summaries.get(self.verdict) or SUMMARIES[self.verdict]

    @property
    def loud(self) -> bool:
        """Whether a part of it must not be overlooked."""
        return any(section.loud and not section.empty for section in self.sections)

    @property
    def counts(self) -> dict[Verdict, int]:
        """The number of findings with each verdict."""
        return {each: sum(finding.verdict is each for finding in self.findings) for each in Verdict}

    def remedies(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each remedy once, worst verdict first, with the subjects that need it."""
        wrong = [finding for finding in self.findings if finding.remedy]
        wrong.sort(key=lambda finding: -finding.verdict.exit_code)
        for remedy in dict.fromkeys(finding.remedy for finding in wrong):
            yield remedy, list(dict.fromkeys(each.subject for each in wrong if each.remedy == remedy))
