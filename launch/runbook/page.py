"""The runbook as a report, which the same renderers show as text, Markdown, JSON and one page of HTML."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

from launch.report import Report, Section, Table, Verdict
from launch.runbook import commands
from launch.runbook.policy import Policy
from launch.runbook.scenarios import scenarios
from launch.runbook.steps import Scenario
from launch.runbook.values import Values

_RULE = "When unsure take the higher severity and argue afterwards. At P0 and P1 a riskier step is allowed."


def page(values: Values, policy: Policy, *, today: date) -> Report:
    """Return everything that somebody needs at night, in the order of need."""
    ways = scenarios(values, policy, today=today)
    steps = commands.setup(values)
    return Report(
        title="Runbook",
        kind="runbook",
        stack=values.stack,
        facts={"made on": today.isoformat(), "say it first in": policy.channel},
        sections=tuple(_sections(values, policy, ways)),
        summaries={Verdict.PASSED: "Find the symptom, run the commands from top to bottom."},
        examined=len(ways),
        data={
            "setup": [step.document() for step in steps],
            "scenarios": [way.document() for way in ways],
        },
    )


def _sections(values: Values, policy: Policy, ways: tuple[Scenario, ...]) -> Iterator[Section]:
    first = tuple((way.severity, way.title, way.symptom) for way in ways)
    yield Section(title="What is seen", tables=(Table(columns=("severity", "go to", "symptom"), rows=first),))
    lines = [line for step in commands.setup(values) for line in step.lines()]
    yield Section(title="First, in a new shell", lines=tuple(lines))
    yield Section(
        title="Severities and answer times",
        intro=_RULE,
        tables=(Table(columns=("severity", "meaning", "answer", "review"), rows=policy.severities),),
    )
    yield Section(title="Escalation", tables=(Table(columns=("who", "when", "how"), rows=policy.escalation),))
    yield Section(
        title="Whom to call",
        tables=(Table(columns=("vendor", "runs", "status page", "support"), rows=policy.vendors),),
    )
    yield Section(title="Health", tables=(_health(values),))
    yield Section(title="First response and rollback by service", tables=(_services(values),))
    yield Section(title="Flags", tables=(_flags(values),))
    for way in ways:
        yield _scenario(way)
    asks = tuple((ask,) for ask in policy.review_asks)
    yield Section(
        title="After a P0 or P1",
        intro=f"A review within {policy.review_days} working days answers:",
        tables=(Table(columns=("question",), rows=asks),),
    )


def _scenario(way: Scenario) -> Section:
    rows = (
        ("symptom", way.symptom),
        ("impact", way.impact),
        ("call", way.call),
        ("undo", way.undo),
    )
    lines = [line for step in way.steps for line in step.lines()]
    return Section(
        title=f"{way.title} ({way.severity})",
        tables=(Table(columns=("what", "is"), rows=rows),),
        lines=tuple(lines),
    )


def _health(values: Values) -> Table:
    rows = []
    for host, entry in values.hosts.items():
        expect = entry["expect"]
        codes = ", ".join(str(int(code)) for code in expect.get("status", ())) or "no record"
        path = expect.get("path", "/")
        rows.append((f"https://{host}{quote(path)}", entry["kind"], str(entry["by"]), codes))
    database = values.database
    rows.append((database["host"], "database", f"Neon project {database['project_id']}", "SELECT 1 as prductr_app"))
    return Table(columns=("where", "kind", "answered by", "healthy"), rows=tuple(rows))


def _services(values: Values) -> Table:
    rows = (
        ("landing", "launch verify", "promote or roll back an earlier deployment (A wrong deployment)"),
        ("dashboard", "launch verify", "the same, with its own project; flags off"),
        ("echome, conductor", "launch verify", "deploy the commit before: its Workers are bundled in it; pulumi up"),
        ("database", "launch drift", "a branch at an earlier time; never drop the original until it is verified"),
        ("DNS, TLS, redirects", "launch drift", "pulumi up --refresh"),
        ("everything", "launch drift", f"check out the commit before, then pulumi up on stack {values.stack}"),
    )
    return Table(columns=("service", "first look", "way back"), rows=rows)


def _flags(values: Values) -> Table:
    meaning = {
        "enableRls": ("ENABLE_RLS", "the dashboard sets each statement's tenant; the database isolates either way"),
        "enableRateLimiting": ("ENABLE_RATE_LIMITING", "dashboard and API limit each user"),
    }
    rows = tuple((key, name, values.settings[key], says) for key, (name, says) in meaning.items())
    return Table(columns=("setting", "variable", "now", "meaning"), rows=rows)
