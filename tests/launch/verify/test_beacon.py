"""The served page counts visits for this site. Prevents: visits that are counted twice, elsewhere, or not at all."""

from __future__ import annotations

from html import escape

import pytest

from launch.report import FailedError
from launch.verify.checks.beacon import SCRIPT, judged
from launch.verify.checks.content_policy import Policies
from launch.verify.visitor import Answer

TOKEN, OTHER = "a" * 32, "b" * 32


def beacon(token: str = TOKEN, extra: str = "") -> str:
    settings = escape('{"token": "' + token + '"}')
    return f'<script defer {extra} src="{SCRIPT}" data-cf-beacon="{settings}"></script>'


DATA = (
    '<script>push("[\\"script\\",{\\"data-cf-beacon\\":\\"{\\\\\\"token\\\\\\": \\\\\\"'
    + TOKEN
    + '\\\\\\"}\\"}]")</script>'
)


def verdict(body: str, csp: str = "") -> str:
    headers = {"content-type": "text/html"} | ({"content-security-policy": csp} if csp else {})
    return judged(Answer(url="https://prductr.com/", status=200, headers=headers, body=body.encode()), TOKEN)


def complaint(body: str, csp: str = "") -> str:
    with pytest.raises(FailedError) as error:
        verdict(body, csp)
    return str(error.value)


def test_one_beacon_with_this_token_passes_also_where_the_pages_data_repeats_it() -> None:
    assert verdict(f"<p>{beacon()}") == "token aaaaaa…, once"
    assert verdict(f"{beacon()}{DATA}") == "token aaaaaa…, once"
    assert verdict(DATA) == "token aaaaaa…, added by the page's own script"
    assert verdict(f'<script defer src="{SCRIPT}?token={TOKEN}"></script>') == "token aaaaaa…, once"


def test_missing_foreign_repeated_and_tokenless_beacons_are_distinguished() -> None:
    assert "has no analytics beacon" in complaint("<p>")
    assert "has no analytics beacon" in complaint(f"<p>token: {TOKEN}")
    assert "has no analytics beacon" in complaint(f"<!-- {SCRIPT} -->")
    assert f"token is {OTHER}, not" in complaint(beacon(OTHER))
    assert f"token is {TOKEN}, {OTHER}, not" in complaint(beacon() + beacon(OTHER))
    assert f"token is {TOKEN}, {OTHER}, not" in complaint(beacon(OTHER) + DATA)
    assert "has 2 beacons, of which only one works" in complaint(beacon() * 2)
    assert "token is no token" in complaint(f'<script src="{SCRIPT}"></script>')


SOUND = (
    "default-src 'self'; script-src 'self' https://static.cloudflareinsights.com/beacon.min.js;"
    " connect-src cloudflareinsights.com"
)


@pytest.mark.parametrize(
    "csp",
    [
        SOUND,
        "frame-ancestors 'none'",
        "default-src https:",
        "script-src 'nonce-x' 'strict-dynamic'",
        "script-src *.cloudflareinsights.com; connect-src *",
        "default-src 'none'; script-src https://static.cloudflareinsights.com/; connect-src https://cloudflareinsights.com",
        "script-src 'none'; script-src-elem https://static.cloudflareinsights.com",
        "DEFAULT-SRC https:; default-src 'none'",
    ],
)
def test_a_policy_that_lets_the_beacon_work_passes(csp: str) -> None:
    assert verdict(beacon(extra="nonce=x"), csp)


@pytest.mark.parametrize(
    ("csp", "named"),
    [
        ("default-src 'self'", "load: default-src 'self'"),
        ("script-src 'none'", "load: script-src 'none'"),
        ("script-src", "load: script-src"),
        ("script-src-elem 'self'; script-src *", "load: script-src-elem 'self'"),
        ("script-src 'nonce-y'", "load: script-src 'nonce-y'"),
        ("script-src 'strict-dynamic' https:", "load: script-src 'strict-dynamic' https:"),
        ("script-src http://static.cloudflareinsights.com:8443", "load"),
        ("script-src https://static.cloudflareinsights.com/other.js", "load"),
        ("script-src cloudflareinsights.com", "load"),
        ("script-src *.static.cloudflareinsights.com", "load"),
        ("script-src https:; connect-src 'self'", "report: connect-src 'self'"),
        ("script-src https:; connect-src static.cloudflareinsights.com", "report"),
        ("script-src https:; default-src data:", "report: default-src data:"),
        (f"{SOUND}, connect-src 'self'", "report: connect-src 'self'"),
    ],
)
def test_a_policy_that_blocks_the_beacon_is_named_with_its_directive(csp: str, named: str) -> None:
    assert named in complaint(beacon(extra="nonce=x"), csp)


def test_a_policy_in_the_page_counts_as_one_in_the_header() -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="script-src &#39;self&#39;">'
    assert "load: script-src 'self'" in complaint(meta + beacon())
    assert "Add https://static.cloudflareinsights.com/beacon.min.js to its script-src" in complaint(meta + beacon())


def test_a_script_that_a_trusted_script_adds_needs_no_host() -> None:
    assert verdict(DATA, "script-src 'nonce-y' 'strict-dynamic'").endswith("own script")
    policies = Policies.of("https://prductr.com/", "connect-src 'self'")
    assert policies.blocked("connect-src", "https://prductr.com/cdn-cgi/rum") == ""
