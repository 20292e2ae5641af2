"""The home page in a real browser. Prevents: a page that hides its age, works only for some, or lets others in."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from launch import looks
from launch.commands.delivery import history
from launch.home import PAGES, Pages, served
from launch.picture import graph, of_state, svg
from launch.report import Finding, Report, Section, Verdict, html, listeners
from launch.report import json as documents
from tests.browser import CONTRAST, Browser, Page
from tests.launch.history import test_history
from tests.launch.runbook import test_page
from tests.verbs import call

NOW = datetime.now(UTC)
HOSTS = {"prductr.com": {"by": "landing", "kind": "site"}, "www.prductr.com": {"by": "redirect", "kind": "redirect"}}
VERBS = ("drift", "verify", "runbook", "history")


def urn(name: str) -> str:
    return f"urn:pulumi:prod::prductr::x::{name}"


def resource(name: str, type_: str, parent: str, *needs: str, **outputs: str) -> dict[str, Any]:
    return {
        "urn": urn(name), "type": type_, "custom": True, "parent": urn(parent), "outputs": outputs,
        "dependencies": [urn(each) for each in needs],
    }  # fmt: skip


STATE = [
    resource("zone-ssl", "cloudflare:index/zoneSetting:ZoneSetting", "zone"),
    resource("database-project", "neon:index/project:Project", "database"),
    resource("landing-project", "vercel:index/project:Project", "landing"),
    resource("landing-domain", "vercel:index/projectDomain:ProjectDomain", "landing", domain="prductr.com"),
    resource("schema-migrations", "pulumi-python:dynamic/sql:Migrations", "schema", "database-project"),
    resource("dns-apex", "cloudflare:index/dnsRecord:DnsRecord", "dns", "landing-domain"),
    resource("redirects", "cloudflare:index/ruleset:Ruleset", "redirects"),
]


def record(stack: str) -> None:
    """Record findings of verbs about a stack, three minutes old."""
    then = datetime.now(UTC) - timedelta(minutes=3)
    found = Finding(
        subject="prductr.com", name="resolves", verdict=Verdict.FAILED, detail="<b>76.76.21.21</b>", remedy="Look."
    )
    for kind in ("drift", "verify"):
        report = Report(title=kind.title(), kind=kind, stack=stack, sections=(Section(findings=(found,)),))
        looks.save(stack, kind, documents.document(report), now=then)
    looks.save(stack, "runbook", documents.document(test_page.report(stack)), now=then)
    past = test_history.past(test_history.entry(1), test_history.entry(9))
    looks.save(stack, "history", documents.document(history.report(stack, past, past, then)), now=then)
    drawn = of_state(STATE, HOSTS)
    facts = {
        "stack": stack, "looked_at": then.isoformat(), "outputs": {}, "resources": [], "drifted": [], "beside": [],
        "outside": [{"subject": "prductr.com", "check": "resolves", "verdict": "failed", "detail": "x"}],
        "compared": True, "unasked": [],
        "picture": {
            "boxes": [{"name": b.name, "vendor": b.vendor, "contents": b.contents} for b in drawn.boxes],
            "hosts": drawn.hosts, "arrows": drawn.arrows,
        },
    }  # fmt: skip
    looks.save(stack, "facts", facts, now=then)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with Browser.started() as browser:
        yield browser.page()


@pytest.fixture
def address() -> Iterator[str]:
    record("prod")
    with served(Pages(stack="prod", verbs=VERBS)) as url:
        yield url


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, True)])
def test_each_page_works_on_a_phone_and_in_dark_mode_and_requests_nothing_else(
    page: Page, address: str, name: str, width: int, dark: bool
) -> None:
    page.errors.clear()
    page.requested.clear()
    page.show(address + name, width=width, dark=dark)
    page.keep(f"open-{name or 'home'}-{width}")
    assert page.errors == []
    assert [urlsplit(each).path for each in page.requested if not each.startswith("data:")] == [f"/{name}"]
    assert "not checked" not in page.evaluate("document.querySelector('main').textContent") or name in ("", "status")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.evaluate(CONTRAST)
    assert len(shown) > 10
    assert [each for each in shown if each["ratio"] < 4.5] == []


def test_every_page_can_be_reached_by_keyboard_and_marks_the_current_one(page: Page, address: str) -> None:
    page.show(address + "stack")
    focusable = page.evaluate(
        "[...document.querySelectorAll('a[href], [tabindex=\"0\"]')].map(e => e.getAttribute('href') ?? e.className)"
    )
    assert focusable == [f"/{name}" for name in PAGES] + ["figure"]
    assert page.evaluate("document.querySelector('[aria-current=page]').textContent") == "Picture"
    key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    for name in PAGES[:2]:
        page.call("Input.dispatchKeyEvent", type="keyDown", **key)
        page.call("Input.dispatchKeyEvent", type="keyUp", **key)
        assert page.evaluate("document.activeElement.getAttribute('href')") == f"/{name}"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_page_shows_its_true_age_and_text_stays_text(page: Page, address: str) -> None:
    page.show(address + "verify")
    text = page.evaluate("document.body.innerText")
    assert re.search(r"\b[3-9] minutes ago", text)
    assert "<b>76.76.21.21</b>" in text
    page.show(address)
    assert re.search(r"Recorded [3-9] minutes ago\.", page.evaluate("document.body.innerText"))


@pytest.mark.usefixtures("address")
def test_the_pages_come_from_the_generators_of_the_files() -> None:
    shown = Pages(stack="prod", clock=lambda: NOW).page("drift")
    report = documents.restored(looks.load("prod", "drift") or {})
    assert shown is not None
    assert html.render(report).partition("<main>")[2] == shown.partition("<main>")[2]


def test_a_missing_record_is_reported_as_missing_and_does_not_pass() -> None:
    pages = Pages(stack="elsewhere")
    for name in PAGES:
        assert "not checked" in (pages.page(name) or ""), name
    assert "Run `launch drift --stack elsewhere`." in (pages.page("drift") or "")
    looks.save("elsewhere", "drift", {"checks": "of another version"})
    assert "of another version" in (pages.page("drift") or "")


def ask(address: str, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, dict(answer.headers), answer.read().decode()
    connection.close()
    return found


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("HEAD", "/drift", {}, 200),
        ("GET", "/drift", {"Host": "evil.example"}, 421),
        ("GET", "/drift", {"Host": "localhost"}, 200),
        ("GET", "/drift?again", {}, 404),
        ("GET", "/../../etc/passwd", {}, 404),
        ("GET", "/%2e%2e/drift", {}, 404),
        ("GET", "/favicon.ico", {}, 404),
        ("POST", "/drift", {}, 405),
        ("DELETE", "/", {}, 405),
        ("OPTIONS", "/", {}, 405),
    ],
)
def test_only_this_machine_can_read_the_pages(
    address: str, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    seen, received, body = ask(address, method, path, **headers)
    assert seen == status
    if status == 200:
        assert received["Cache-Control"] == "no-store"
        assert "default-src 'none'" in body or method == "HEAD"


def test_a_port_in_use_is_one_message_with_a_remedy(address: str) -> None:
    done = call("open", "--port", str(urlsplit(address).port), "--no-browser", "--json")
    wanted = "Name another with --port, or 0 for any that is free."
    assert (done.exit_code, json.loads(done.stdout)["remedy"]) == (1, wanted)


def test_the_picture_shows_each_box_and_arrow_once_and_no_name_becomes_markup() -> None:
    drawn = of_state(STATE, HOSTS)
    assert {box.name for box in drawn.boxes} == {"zone", "database", "landing", "schema", "dns", "redirects"}
    assert drawn.arrows == (("database", "schema"), ("landing", "dns"))
    assert drawn.hosts == (("prductr.com", "landing"), ("www.prductr.com", "redirects"))
    text = svg(drawn)
    assert (text.count("<rect"), text.count("<path")) == (6 + 2, 2 + 2)
    assert svg(graph([], {})).startswith("<svg")
    named = of_state([resource("x", "a:b:C<script>", "<script>")], {})
    assert "<script>" not in svg(named)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_stored_report_is_the_same_report(verdict: Verdict) -> None:
    found = Finding(subject="a", name="b", verdict=verdict, detail="c", remedy="d", needs=("person",), seconds=0.25)
    report = Report(
        title="T", kind="drift", stack=None, facts={"x": "y"}, examined=3,
        sections=(Section(title="one", findings=(found, found)), Section(title="two", lines=("l",))),
    )  # fmt: skip
    again = documents.restored(json.loads(documents.render(report)))
    assert documents.document(again) == documents.document(report)


def test_a_page_whose_verb_is_missing_says_so_and_the_others_name_the_verb() -> None:
    pages = Pages(stack="elsewhere", verbs=("drift", "verify", "runbook"))
    assert "not available yet" in (pages.page("history") or "")
    assert "Run `launch runbook --stack elsewhere`." in (pages.page("runbook") or "")


@pytest.mark.parametrize(
    ("kind", "page"), [("verify", "verify"), ("up", "verify"), ("history", "history"), ("db", None)]
)
def test_a_verbs_report_of_a_stack_is_kept_for_its_page(kind: str, page: str | None) -> None:
    looks.keep(Report(title="Of a stack", kind=kind, stack="kept", examined=1))
    looks.keep(Report(title="Of none", kind=kind, examined=1))
    found = {name: (looks.load("kept", name) or {}).get("title") for name in ("verify", "history", "db", "up")}
    assert {name for name, title in found.items() if title} == ({page} if page else set())


def test_the_command_line_keeps_what_it_prints() -> None:
    document = call("status", "--stack", "heard", "--json").document
    assert document["report"] == "status"
    assert looks.keep in listeners
