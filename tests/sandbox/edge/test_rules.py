"""The rules language. Prevents: a redirect that works in the sandbox by accident and not at Cloudflare."""

from __future__ import annotations

import pytest

from sandbox.edge.hosts.rules_language import RuleError, evaluate
from sandbox.edge.model.messages import Request

REQUEST = Request(method="GET", scheme="https", host="www.prductr.com", target="/Old/page?x=1")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('http.host eq "www.prductr.com"', True),
        ('(http.host eq "www.prductr.com")', True),
        ('http.host == "prductr.com"', False),
        ('http.host in {"a.com" "www.prductr.com"}', True),
        ('http.host eq "www.prductr.com" and not http.request.uri.path contains "page"', False),
        ('http.host eq "x" or http.request.uri.query eq "x=1"', True),
        ('http.host eq "x" and ssl or http.request.method eq "GET"', True),
        ('http.host eq "x" and (ssl or http.request.method eq "GET")', False),
        ('http.request.full_uri wildcard r"https://WWW.*/old/*"', True),
        ('starts_with(http.request.uri.path, "/Old")', True),
        ('lower(http.request.uri.path) matches "^/old/[a-z]+$"', True),
        ("not ssl", False),
        ('concat("https://prductr.com", http.request.uri.path)', "https://prductr.com/Old/page"),
        (
            'wildcard_replace(http.request.full_uri, "https://www.*/*", "https://${1}/${2}")',
            "https://prductr.com/Old/page?x=1",
        ),
        ('regex_replace(http.request.uri.path, "^/Old/(.*)$", "/new/${1}")', "/new/page"),
        (r'"a \"quoted\" text"', 'a "quoted" text'),
    ],
)
def test_the_language_means_the_same_as_at_cloudflare(expression: str, value: object) -> None:
    assert evaluate(expression, REQUEST) == value


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("ip.src eq 1.2.3.4", "ip.src"),
        ('cidr(http.host) eq "x"', r"function cidr\(\)"),
        ('http.host eq "x" xor ssl', "xor"),
        ('http.host eq "unfinished', "syntax error at"),
        ("http.host eq", "ends unexpectedly"),
        ("(ssl", r"'\)' is missing"),
        ("http.host in {ssl}", "sets of strings"),
    ],
)
def test_a_wrong_or_unsimulated_expression_is_named(expression: str, complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint):
        evaluate(expression, REQUEST)
