"""One report with every odd value, and the golden files: `python -m tests.launch.report.odd` writes them anew."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from launch.report import Finding, Report, Section, Table, Verdict, html, json, markdown, text

GOLDEN = Path(__file__).with_name("golden")
HOSTILE = "<script>alert(1)</script> | `rm -rf` @octocat #7 [a](https://example.com) *x* _y_ ~~z~~ \\| <!-- & -->"
LONG = "a-host-name-that-never-ends." * 12
UNICODE = "Zoë Øst 東京 🚀 e\u0301 \u202egnp.exe \x1b[31mred\x1b[0m\ttab"


def finding(verdict: Verdict, subject: str, detail: str, remedy: str = "", *, name: str = "answers") -> Finding:
    """A finding that took a quarter of a second."""
    return Finding(subject=subject, name=name, verdict=verdict, detail=detail, remedy=remedy, seconds=0.25)


REPORT = Report(
    title="Odd things",
    kind="odd",
    stack="prod",
    facts={"seen from": "the internet", HOSTILE: UNICODE, "two lines": "one\ntwo"},
    sections=(
        Section(
            title="Hosts",
            findings=(
                finding(Verdict.PASSED, "prductr.com", "200, a page"),
                finding(Verdict.PASSED, "prductr.com", "valid for 80 days", name="certificate"),
                finding(Verdict.FAILED, "www.prductr.com", HOSTILE, "Run `pulumi up --refresh`."),
                finding(Verdict.UNCHECKED, LONG, LONG, "Check the network."),
                finding(Verdict.UNSAFE, "database", "first fact\nsecond fact", "Run `pulumi up --refresh`."),
                finding(Verdict.NOTED, UNICODE, UNICODE),
            ),
        ),
        Section(title="Nothing here"),
        Section(title="An empty table", tables=(Table(columns=("a", "b"), rows=()),)),
        Section(
            title="Tables",
            intro="- not a list. 1) nor this.",
            tables=(
                Table(title="Links", columns=("host", "link"), rows=((LONG[:40], f"http://{LONG}/"),), wide=True),
                Table(columns=(HOSTILE, "number"), rows=(("", "0"), (HOSTILE, UNICODE), ("1. item", "- item"))),
            ),
        ),
        Section(title="Lines", lines=("  kept   spaces", "```", HOSTILE, ""), minor=True),
        Section(
            title="Many", findings=tuple(finding(Verdict.PASSED, f"host-{n}", "up") for n in range(20)), minor=True
        ),
    ),
    data={"own": [1, None]},
)


def rendered(report: Report = REPORT) -> dict[str, str]:
    """Return the report in each form, by the golden file's name."""
    out = io.StringIO()
    text.show(report, Console(file=out, width=100, highlight=False, markup=False, emoji=False))
    return {
        "report.txt": out.getvalue(),
        "report.json": json.render(report) + "\n",
        "report.md": markdown.render(report),
        "report.html": html.render(report),
    }


if __name__ == "__main__":
    for name, content in rendered().items():
        (GOLDEN / name).write_text(content, "utf-8")
