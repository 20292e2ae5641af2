"""The pages of the home, with their topics, made from the last records.

Nothing here queries a vendor, a database or the engine: a page is as old as it states.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from contract.problem import Problem
from launch import looks
from launch.picture import Box, Graph, svg
from launch.report import Finding, Report, Section, Verdict, html, json
from launch.status import Evidence, Sources, baseline, load, status_report

Made = tuple[Report, str]
"""The report, and the picture above it or ""."""

_ABOUT = {
    "status": ("Status", "what blocks the launch"),
    "drift": ("Drift", "what differs from the last update, and what is undeclared"),
    "verify": ("Verify", "how visitors, the application and the service are served"),
    "stack": ("Picture", "the parts, and what depends on what"),
    "runbook": ("Runbook", "what to do in an incident"),
    "history": ("History", "what was changed, when and by whom"),
}
PAGES = ("", *_ABOUT)
"""Names of the pages; "" is the home."""


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The pages of one stack."""

    stack: str
    verbs: Collection[str] = ("drift", "verify")
    """The existing verbs: a page whose verb is missing is not available yet."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def page(self, name: str) -> str | None:
        """Return the page of this name as HTML; None if there is none."""
        if name not in PAGES:
            return None
        report, figure = self._made(name)
        links = [(f"/{each}", _ABOUT[each][0] if each else "Home", each == name) for each in PAGES]
        return html.render(report, links=links, figure=figure)

    def _made(self, name: str) -> Made:
        makers: Mapping[str, Callable[[], Made]] = {
            "": lambda: (self._home(), ""),
            "status": lambda: (self._status(), ""),
            "stack": self._picture,
        }
        make = makers.get(name, lambda: (self._recorded(name), ""))
        try:
            return make()
        except Problem as error:
            return self._absent(name, str(error), error.remedy), ""

    def _home(self) -> Report:
        found = [(name, self._made(name)[0]) for name in _ABOUT]
        findings = tuple(
            Finding(
                subject=_ABOUT[name][0],
                name=_ABOUT[name][1],
                verdict=report.verdict,
                detail=f"{report.summary} {_recorded(report)}".strip(),
            )
            for name, report in found
        )
        summaries = {
            Verdict.PASSED: "All is well.",
            Verdict.UNCHECKED: "Not everything is known.",
            Verdict.FAILED: "Something needs a person.",
            Verdict.UNSAFE: "Tenants may not be isolated.",
        }
        return Report(
            title="Launch", kind="home", stack=self.stack, sections=(Section(findings=findings),), summaries=summaries
        )

    def _status(self) -> Report:
        evidence = Evidence.restored(looks.load(self.stack, "facts"))
        before = baseline(self.stack, evidence.looked_at if evidence else None)
        now = self.clock()
        report, _ = status_report(load(), Sources(evidence=evidence, now=now), self.stack, before)
        facts = {_AGE: looks.age(evidence.looked_at, now)} if evidence else {}
        return replace(report, facts={**report.facts, **facts})

    def _picture(self) -> Made:
        found = looks.load(self.stack, "facts")
        drawn = _graph((found or {}).get("picture"))
        if found is None or drawn is None:
            return self._absent("stack", "nobody has looked at this stack yet"), ""
        findings = tuple(
            Finding(subject=box.name, name=box.vendor, verdict=Verdict.NOTED, detail=_box(box, drawn))
            for box in drawn.boxes
        )
        report = Report(
            title="Picture",
            kind="picture",
            stack=self.stack,
            facts=self._age(found),
            sections=(Section(title="Parts", findings=findings),),
            summaries={Verdict.PASSED: f"{len(drawn.boxes)} parts serve {len(drawn.hosts)} hosts."},
            examined=len(drawn.boxes),
        )
        return report, svg(drawn)

    def _recorded(self, name: str) -> Report:
        """Return the last report of a verb."""
        found = looks.load(self.stack, name)
        if found is None:
            if name in self.verbs:
                return self._absent(name, "nothing was recorded yet", f"Run `launch {name} --stack {self.stack}`.")
            return self._absent(name, f"not available yet: there is no `launch {name}` in this version", "")
        try:
            report = json.restored(found)
        except (KeyError, TypeError, ValueError):
            what = "the record is of another version"
            return self._absent(name, what, f"Run `launch {name} --stack {self.stack}`.")
        return replace(report, facts={**self._age(found), **report.facts})

    def _age(self, found: Mapping[str, Any]) -> dict[str, str]:
        moment = looks.moment(found)
        return {_AGE: looks.age(moment, self.clock())} if moment else {}

    def _absent(self, name: str, detail: str, remedy: str = "Run `launch status --look`.") -> Report:
        title, about = _ABOUT[name]
        found = Finding(subject=title, name=about, verdict=Verdict.UNCHECKED, detail=detail, remedy=remedy)
        return Report(
            title=title,
            kind=name,
            stack=self.stack,
            sections=(Section(findings=(found,)),),
            summaries={Verdict.UNCHECKED: "There is nothing to show yet."},
        )


_AGE = "recorded"


def _recorded(report: Report) -> str:
    """Return the age of a page, for the home."""
    return f"Recorded {report.facts[_AGE]}." if _AGE in report.facts else ""


def _graph(document: Any) -> Graph | None:  # noqa: ANN401 -- JSON
    try:
        return Graph(
            boxes=tuple(Box(**{key: str(value) for key, value in each.items()}) for each in document["boxes"]),
            hosts=tuple((str(host), str(box)) for host, box in document["hosts"]),
            arrows=tuple((str(one), str(other)) for one, other in document["arrows"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _box(box: Box, drawn: Graph) -> str:
    """Describe a box of the picture in words."""
    needs = [one for one, other in drawn.arrows if other == box.name]
    hosts = [host for host, by in drawn.hosts if by == box.name]
    lines = [box.contents, f"serves {', '.join(hosts)}" if hosts else "", f"needs {', '.join(needs)}" if needs else ""]
    return "\n".join(filter(None, lines))
