"""Validation of a ruleset's rules: actions by phase, parameters by action."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.cloud.cloudflare.protocol import ApiError, typed
from sandbox.state import Document

REDIRECT_PHASE = "http_request_dynamic_redirect"
RATE_LIMIT_PHASE = "http_ratelimit"
_BLOCKING = ("block", "challenge", "js_challenge", "managed_challenge", "log")
_ACTIONS: dict[str, tuple[str, ...]] = {
    REDIRECT_PHASE: ("redirect",),
    RATE_LIMIT_PHASE: _BLOCKING,
    "http_request_firewall_custom": (*_BLOCKING, "skip"),
    "http_request_transform": ("rewrite",),
    "http_request_late_transform": ("rewrite",),
    "http_response_headers_transform": ("rewrite",),
    "http_request_origin": ("route",),
    "http_config_settings": ("set_config",),
    "http_request_cache_settings": ("set_cache_settings",),
}
"""The supported phases of a zone, and the actions that each allows."""
_REDIRECT_STATUS = (301, 302, 303, 307, 308)
_PERIODS = (10, 60, 120, 300, 600, 3600, 86400)
_RULE_FIELDS = {
    "id", "ref", "version", "last_updated", "action", "action_parameters", "expression", "description", "enabled",
    "ratelimit", "logging", "categories", "exposed_credential_check", "position",
}  # fmt: skip
_TYPES = {
    "id": str, "ref": str, "action": str, "description": str, "enabled": bool, "action_parameters": dict,
    "ratelimit": dict,
}  # fmt: skip
_OPENING = {"(": ")", "{": "}", "[": "]"}


def check_phase(phase: object) -> str:
    """Return the phase. Raises ApiError for an unsupported one."""
    if not isinstance(phase, str) or phase not in _ACTIONS:
        raise ApiError(400, 20018, f"'{phase}' is not a valid value for phase", pointer="/phase")
    return phase


def check_rule(rule: object, phase: str, index: int) -> Document:
    """Return the rule as a document. Raises ApiError with a pointer to the error."""
    pointer = f"/rules/{index}"
    if not isinstance(rule, dict):
        raise ApiError(400, 10026, "invalid JSON: a rule must be an object", pointer=pointer)
    typed(rule, **_TYPES)
    for field in rule.keys() - _RULE_FIELDS:
        raise ApiError(400, 10026, f'invalid JSON: unknown field "{field}"', pointer=pointer)
    action = rule.get("action")
    if action not in _ACTIONS[phase]:
        reason = f"it is not possible to use the {action} action in a ruleset with phase {phase} and kind zone"
        raise ApiError(
            400, 20119, f"'{action}' is not a valid value for action because {reason}", pointer=f"{pointer}/action"
        )
    _check_expression(rule.get("expression"), f"{pointer}/expression")
    check = _PARAMETERS.get(phase)
    if check:
        check(rule, pointer)
    return rule


def _check_expression(expression: object, pointer: str) -> None:
    """Refuse a blank or unbalanced expression; the full grammar of the rules language is not checked here."""
    name = "expression"
    if not isinstance(expression, str) or not expression.strip():
        raise ApiError(
            400, 20125, f"'' is not a valid value for {name} because the expression cannot be blank", pointer=pointer
        )
    stack: list[str] = []
    quoted = False
    previous = ""
    for character in expression:
        if character == '"' and previous != "\\":
            quoted = not quoted
        elif not quoted and character in _OPENING:
            stack.append(_OPENING[character])
        elif not quoted and character in _OPENING.values() and (not stack or stack.pop() != character):
            stack.append("?")
            break
        previous = character
    if stack or quoted:
        reason = f"could not parse filter expression: Filter parsing error (1:{len(expression)}): {expression}"
        raise ApiError(400, 20127, f"'{expression}' is not a valid value for {name} because {reason}", pointer=pointer)


def _check_redirect(rule: Document, pointer: str) -> None:
    parameters = rule.get("action_parameters")
    pointer = f"{pointer}/action_parameters"
    value = parameters.get("from_value") if isinstance(parameters, dict) else None
    if not isinstance(value, dict):
        raise ApiError(400, 20044, "from_value is required for the redirect action", pointer=f"{pointer}/from_value")
    status = value.get("status_code", 301)
    if status not in _REDIRECT_STATUS:
        allowed = ", ".join(map(str, _REDIRECT_STATUS))
        text = f"'{status}' is not a valid value for status_code because it must be one of {allowed}"
        raise ApiError(400, 20090, text, pointer=f"{pointer}/from_value/status_code")
    url = value.get("target_url")
    target = url if isinstance(url, dict) else {}
    given = [key for key in ("value", "expression") if target.get(key)]
    if len(given) != 1:
        text = "target_url must have either a value or an expression"
        raise ApiError(400, 20091, text, pointer=f"{pointer}/from_value/target_url")
    if given == ["expression"]:
        _check_expression(target["expression"], f"{pointer}/from_value/target_url/expression")


def _check_rate_limit(rule: Document, pointer: str) -> None:
    limit = rule.get("ratelimit")
    pointer = f"{pointer}/ratelimit"
    if not isinstance(limit, dict):
        raise ApiError(400, 20155, "ratelimit is required in the http_ratelimit phase", pointer=pointer)
    typed(limit, characteristics=list)
    if "cf.colo.id" not in (limit.get("characteristics") or []):
        text = "characteristics must include cf.colo.id"
        raise ApiError(400, 20156, text, pointer=f"{pointer}/characteristics")
    if limit.get("period") not in _PERIODS:
        allowed = ", ".join(map(str, _PERIODS))
        text = f"'{limit.get('period')}' is not a valid value for period because it must be one of {allowed}"
        raise ApiError(400, 20157, text, pointer=f"{pointer}/period")
    requests = limit.get("requests_per_period")
    if not isinstance(requests, int) or isinstance(requests, bool) or requests < 1:
        text = "requests_per_period must be a number above 0"
        raise ApiError(400, 20158, text, pointer=f"{pointer}/requests_per_period")


_PARAMETERS: dict[str, Callable[[Document, str], None]] = {
    REDIRECT_PHASE: _check_redirect,
    RATE_LIMIT_PHASE: _check_rate_limit,
}
