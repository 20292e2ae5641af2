"""A protection that is off is reported, and expires outside the sandbox. Prevents: an emergency measure that stays."""

from __future__ import annotations

import json
from datetime import date

import pytest

from components.settings import RefusedError, Settings, warning

Values = dict[str, str]
TODAY = date(2026, 11, 30)
REASON = "the limiter keeps customers out, incident 4711"


def load(
    values: Values, environment: Values, *excuses: str, stack: str = "prod", key: str = "enableRateLimiting"
) -> Settings:
    changed = {**values, f"prductr:{key}": "false", "prductr:protectionsOff": json.dumps(excuses)}
    return Settings.load(changed, environment=environment, stack=stack, today=TODAY)


@pytest.mark.parametrize("key", ["enableRateLimiting", "enableRls"])
def test_outside_the_sandbox_a_protection_that_is_off_needs_a_reason_and_a_date(
    values: Values, environment: Values, key: str
) -> None:
    assert load(values, environment, stack="sandbox", key=key).protections_off[key]["until"] == ""
    with pytest.raises(RefusedError, match=f"{key}: is false, and protectionsOff gives no reason"):
        load(values, environment, key=key)
    for stack in ("prod", "staging"):
        off = load(values, environment, f"{key} until 2026-11-30: {REASON}", stack=stack, key=key).protections_off[key]
        assert (off["reason"], off["until"]) == (REASON, "2026-11-30")
        assert warning(key, off).startswith(f"PROTECTION OFF: {key} is false, ")
        assert warning(key, off).endswith(f"Excused until 2026-11-30: {REASON}")


@pytest.mark.parametrize(
    ("excuse", "what"),
    [
        (f"enableRateLimiting until 2026-11-29: {REASON}", "was excused only until 2026-11-29"),
        (f"enableRateLimiting until 2027-03-01: {REASON}", "more than 90 days ahead"),
        (f"enableRateLimiting until 2026-02-30: {REASON}", "is not an excuse"),
        ("enableRateLimiting until 2026-12-01: because", "is not an excuse"),
        (f"enableRateLimits until 2026-12-01: {REASON}", "is none of enableRls, enableRateLimiting"),
        (f"enableRls until 2026-12-01: {REASON}", "excuses enableRls, which is on"),
    ],
)
def test_an_invalid_reason_is_an_error(values: Values, environment: Values, excuse: str, what: str) -> None:
    with pytest.raises(RefusedError, match=what):
        load(values, environment, excuse)


def test_a_reason_that_is_no_longer_needed_is_an_error(values: Values, environment: Values) -> None:
    excuse = json.dumps([f"enableRls until 2026-12-01: {REASON}"])
    with pytest.raises(RefusedError, match="remove the entry"):
        Settings.load({**values, "prductr:protectionsOff": excuse}, environment=environment, stack="prod", today=TODAY)
