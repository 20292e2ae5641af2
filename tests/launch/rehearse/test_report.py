"""The forecast is for the person who decides at night. Prevents: a gap, a lock or a failure that the report plays down,
or a timeline that cannot be read on a phone."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from contract.resource_types import MIGRATIONS, NEON_PROJECT, VERCEL_DEPLOYMENT
from launch.preview import report as preview_report
from launch.rehearse import Change, Host, Look, Migration, Rehearsed, Statements, Visit, report
from launch.report import ExitCode, Finding, Report, Section, Verdict, attachment, html, markdown, text
from launch.report import json as documents
from tests.browser import CONTRAST, Browser, Page
from tests.launch.preview.test_golden import previewed

CHANGE = Change(
    operation="replace",
    name="landing-deployment",
    type=VERCEL_DEPLOYMENT,
    properties=("meta",),
    urn="urn:landing",
    began=0.5,
    ended=3.25,
)
HOST = Host(
    "dashboard.prductr.com",
    visits=[Visit(-0.1, 0.01, 200), Visit(0.5, 0.01, 0, "no connection"), Visit(1.25, 0.01, 200)],
)
QUIET = Host("www.prductr.com", visits=[Visit(-0.1, 0.01, 308), Visit(0.5, 0.01, 308)])
MIGRATION = Migration(
    name="0014_long.sql",
    status="applied",
    seconds=1.5,
    began=1.0,
    locks=("tasks AccessExclusiveLock",),
    blocked=2,
)
PASSED = Finding(subject="a", name="b", verdict=Verdict.PASSED, detail="")
GOOD = Report(title="x", kind="x", sections=(Section(findings=(PASSED,)),))


def seen(**other: Any) -> Rehearsed:  # noqa: ANN401 -- any field
    fields: dict[str, Any] = {
        "stack": "prod",
        "twin": "a mirror of the accounts, rows synthetic",
        "seconds": 4.0,
        "changes": [CHANGE],
        "failure": "",
        "hosts": [HOST, QUIET],
        "migrations": [MIGRATION],
        "statements": Statements(reads=40, writes=40, slowest=1.4, slowest_at=1.1),
        "looks": [Look(1.2, "2026-03-01T12:00:00+00:00", frozenset({("tasks", "AccessExclusiveLock")}), 2)],
        "drift": GOOD,
        "verified": GOOD,
        "point": "the moment before (LSN 0/1)",
    }
    return Rehearsed(**fields | other)


def details(found: Report) -> dict[str, str]:
    return {each.subject: each.detail for each in found.findings}


def test_a_gap_is_a_failure_with_its_length_and_its_reason() -> None:
    found = report(seen())
    assert found.exit_code is ExitCode.DIFFERENT
    assert details(found)["dashboard.prductr.com"] == "1 of 2 requests failed, longest gap 0.75 s: no connection"
    assert details(found)["www.prductr.com"] == "1 requests, none failed; answered 308"


def test_a_change_that_nobody_notices_passes() -> None:
    assert report(seen(hosts=[QUIET])).exit_code is ExitCode.AS_DECLARED


def test_a_migration_shows_its_duration_locks_and_blocked_sessions() -> None:
    expected = "1.50 s; locks: tasks AccessExclusiveLock; sessions blocked: 2"
    assert details(report(seen()))["0014_long.sql"] == expected


def test_a_change_that_stops_names_the_reason_and_the_unchecked_parts() -> None:
    found = report(seen(failure="tasks: column is missing", drift=None, verified=None, hosts=[QUIET]))
    assert found.exit_code is ExitCode.DIFFERENT
    assert details(found)["the change"] == "it fails: tasks: column is missing"
    assert details(found)["verify"] == "not looked for: the change did not end"


@pytest.mark.parametrize("kind", [NEON_PROJECT, MIGRATIONS])
def test_a_change_that_would_remove_the_database_fails(kind: str) -> None:
    lost = Change(operation="replace", name="database", type=kind, properties=("region",), urn="u", began=0, ended=1)
    assert report(seen(changes=[lost], hosts=[QUIET])).exit_code is ExitCode.DIFFERENT


def test_parts_that_the_twin_lacks_are_not_checked() -> None:
    assert report(seen(hosts=[QUIET], unread=["Cloudflare: rulesets: 403"])).exit_code is ExitCode.UNCHECKED


def test_what_the_rehearsal_was_blind_to_is_not_checked() -> None:
    blind = report(seen(hosts=[QUIET], trouble=["the monitor of locks was blind"]))
    assert blind.exit_code is ExitCode.UNCHECKED
    assert details(blind)["rehearsal"] == "the monitor of locks was blind"


def test_a_failed_statement_of_the_application_fails() -> None:
    statements = Statements(reads=1, writes=1, failed=[(0.1, "canceling statement due to statement timeout")])
    assert report(seen(hosts=[QUIET], statements=statements)).exit_code is ExitCode.DIFFERENT


def test_the_way_back_names_what_it_cannot_restore() -> None:
    tables = [table for section in report(seen()).sections for table in section.tables]
    rows = {row[0]: row for table in tables for row in table.rows}
    assert rows["migrations"][2] == "what was written since is lost"
    assert "LSN 0/1" in rows["migrations"][1]


def test_json_text_and_markdown_agree() -> None:
    document = json.loads(documents.render(report(seen())))
    assert document["hosts"][0] == {
        "host": "dashboard.prductr.com",
        "before": 200,
        "requests": 3,
        "failed": 1,
        "gap": 0.75,
        "gaps": [[0.5, 1.25]],
    }
    assert document["migrations"][0]["locks"] == ["tasks AccessExclusiveLock"]
    out = io.StringIO()
    text.show(report(seen()), Console(file=out, width=120))
    for shown in (out.getvalue(), markdown.render(report(seen()), limit=markdown.COMMENT)):
        assert "longest gap 0.75 s" in shown
        assert "0.50 to 1.25 s" in shown


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with Browser.started() as browser:
        yield browser.page()


@pytest.mark.parametrize(("width", "dark"), [(320, False), (320, True), (1280, False)])
def test_the_timeline_is_readable_on_a_phone_and_in_dark_mode(
    page: Page, tmp_path: Path, width: int, dark: bool
) -> None:
    file = tmp_path / "rehearsal.html"
    file.write_text(html.render(report(seen())), "utf-8")
    page.errors.clear()
    page.requested.clear()
    page.show(file.as_uri(), width=width, dark=dark)
    page.keep(f"rehearsal-{width}-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    texts = page.evaluate(CONTRAST)
    assert len(texts) > 30
    assert [each for each in texts if each["ratio"] < 4.5] == []
    assert page.errors == []
    assert [each for each in page.requested if not each.startswith(("file:", "data:"))] == []
    script = "[...document.querySelectorAll('.timeline rect.trouble')].map(each => each.getBoundingClientRect().width)"
    bars = page.evaluate(script)
    whole = page.evaluate("document.querySelector('.timeline svg').getBoundingClientRect().width")
    assert whole > width * 0.7
    # From 0.50 to 1.25 s of 4 s.
    assert bars[0] == pytest.approx(whole * 0.1875, rel=0.1)
    fills = page.evaluate(
        "['work', 'trouble'].map(kind => getComputedStyle(document.querySelector(`rect.${kind}`)).fill)"
    )
    assert len(set(fills)) == 2


def test_the_comment_of_a_change_shows_the_findings_of_its_rehearsal(tmp_path: Path) -> None:
    file = tmp_path / "rehearsal.json"
    file.write_text(json.dumps(documents.document(report(seen()))))
    shown = markdown.render(preview_report(previewed("update"), beside=(attachment(file).section,)))
    for part in ("Rehearsal of stack prod", "1 of 2 requests failed", "0014\\_long.sql", "The way back"):
        assert part in shown
