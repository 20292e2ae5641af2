"""Prevents: a preview that fails half-way for lack of a token, and a token that is stored or shown in plain text."""

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


def mistakes(values: dict[str, str], environment: dict[str, str], secrets: tuple[str, ...] = ()) -> list[str]:
    configuration = Configuration(values, secrets)
    check_credentials(configuration, environment)
    return [str(mistake) for mistake in configuration.mistakes.found]


def without(credential: Credential) -> dict[str, str]:
    return {other.variable: GOOD[other.key] for other in CREDENTIALS if other != credential}


@each
def test_a_missing_credential_names_both_places(credential: Credential) -> None:
    (mistake,) = mistakes({}, without(credential))
    assert credential.key in mistake
    assert credential.variable in mistake
    assert f"pulumi config set --secret {credential.key}" in mistake


@each
def test_either_place_will_do(credential: Credential) -> None:
    value = GOOD[credential.key]
    assert mistakes({}, {**without(credential), credential.variable: value}) == []
    assert mistakes({credential.key: value}, without(credential), (credential.key,)) == []


@each
@pytest.mark.parametrize(
    "value", ["short", "MARKER with spaces that is long enough to be a token", "MARKER" * 8 + "\n"]
)
def test_a_malformed_credential_is_refused_and_not_shown(credential: Credential, value: str) -> None:
    (mistake,) = mistakes({}, {**without(credential), credential.variable: value})
    assert credential.variable in mistake
    assert "malformed" in mistake
    assert value.strip() not in mistake


@each
def test_a_credential_in_plain_text_is_refused_even_if_valid(credential: Credential) -> None:
    (mistake,) = mistakes({credential.key: GOOD[credential.key]}, without(credential))
    assert "stored in plain text" in mistake
    assert "Revoke" in mistake
    assert GOOD[credential.key] not in mistake


def test_no_credential_reaches_a_resource_or_an_output() -> None:
    token = "MARKERcredential0123456789abcdefghijklmnop"
    keys = [credential.key for credential in CREDENTIALS]
    result = rehearse("prod", config=dict.fromkeys(keys, token), secret=keys)
    assert result["error"] is None
    assert result["resources"]
    assert token not in str(result)
