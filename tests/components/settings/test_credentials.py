"""Prevents: a preview that fails half-way for want of a token, and a token that is stored or shown in plain text."""

from __future__ import annotations

import pytest

from components.settings.credentials import CREDENTIALS, Credential, check_credentials
from components.settings.reader import Configuration
from tools.program.declared import rehearse

GOOD = {
    "cloudflare:apiToken": "cloudflare-Token_0123456789abcdefghijklmn",
    "vercel:apiToken": "abcdefghijklmnopqrstuvwx",
    "neon:apiKey": "napi_abcdefghijklmnop",
}
each = pytest.mark.parametrize("credential", CREDENTIALS, ids=lambda credential: credential.key)


def findings(values: dict[str, str], environment: dict[str, str], secrets: tuple[str, ...] = ()) -> list[str]:
    configuration = Configuration(values, secrets)
    check_credentials(configuration, environment)
    return [str(finding) for finding in configuration.findings.found]


def without(credential: Credential) -> dict[str, str]:
    return {other.variable: GOOD[other.key] for other in CREDENTIALS if other != credential}


@each
def test_a_missing_credential_names_both_places(credential: Credential) -> None:
    (finding,) = findings({}, without(credential))
    assert credential.key in finding
    assert credential.variable in finding
    assert f"pulumi config set --secret {credential.key}" in finding


@each
def test_either_place_will_do(credential: Credential) -> None:
    value = GOOD[credential.key]
    assert findings({}, {**without(credential), credential.variable: value}) == []
    assert findings({credential.key: value}, without(credential), (credential.key,)) == []


@each
@pytest.mark.parametrize(
    "value", ["short", "MARKER with spaces that is long enough to be a token", "MARKER" * 8 + "\n"]
)
def test_a_malformed_credential_is_refused_and_not_repeated(credential: Credential, value: str) -> None:
    (finding,) = findings({}, {**without(credential), credential.variable: value})
    assert credential.variable in finding
    assert "malformed" in finding
    assert value.strip() not in finding


@each
def test_a_credential_in_plain_text_is_refused_even_if_sound(credential: Credential) -> None:
    (finding,) = findings({credential.key: GOOD[credential.key]}, without(credential))
    assert "stored in plain text" in finding
    assert "Revoke" in finding
    assert GOOD[credential.key] not in finding


def test_no_credential_reaches_a_resource_or_an_output() -> None:
    token = "MARKERcredential0123456789abcdefghijklmnop"
    keys = [credential.key for credential in CREDENTIALS]
    result = rehearse("prod", config=dict.fromkeys(keys, token), secret=keys)
    assert result["error"] is None
    assert result["resources"]
    assert token not in str(result)
