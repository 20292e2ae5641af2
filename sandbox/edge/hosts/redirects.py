"""Redirect rules of a zone (phase http_request_dynamic_redirect)."""

from __future__ import annotations

from sandbox.edge.hosts.rules_language import RuleError, evaluate
from sandbox.edge.model import Request, Response, Zone, redirect
from sandbox.state import Document

_DEFAULT_STATUS = 301


def redirected(zone: Zone, request: Request) -> Response | None:
    """Return the redirect of the first enabled rule that matches. Raises RuleError for features not simulated."""
    for rule in zone.redirect_rules:
        if rule.get("enabled", True) and evaluate(str(rule["expression"]), request):
            return _redirect(rule, request)
    return None


def _redirect(rule: Document, request: Request) -> Response:
    if rule.get("action") != "redirect":
        raise RuleError(f"a redirect ruleset cannot have the action {rule.get('action')!r}")
    given = (rule.get("action_parameters") or {}).get("from_value")
    if not given:
        raise RuleError("the sandbox simulates redirects from a value, not from a list")
    target = given["target_url"]
    expression = target.get("expression")
    location = str(evaluate(str(expression), request) if expression else target["value"])
    if given.get("preserve_query_string") and request.query:
        location += f"{'&' if '?' in location else '?'}{request.query}"
    return redirect(int(given.get("status_code") or _DEFAULT_STATUS), location)
