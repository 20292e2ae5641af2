"""A failed launch must report its error once, clearly, and leave nothing half-made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end.world import Launch

WRONG = {
    "cloudflare:apiToken": ("0" * 40, "Cloudflare refuses access: .*403 Forbidden.*Invalid access token"),
    "vercel:apiToken": ("0" * 24, "Could not read Vercel Team hhnn.*403 Forbidden"),
}


def with_secret(launched: Launch, folder: Path, key: str, value: str) -> str:
    """Write the stack's settings with this credential, encrypted: one in plain text is refused without being tried."""
    settings = launched.settings(folder)
    launched.pulumi("config", "set", "--secret", key, value, "--config-file", settings)
    return settings


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_token_raises_the_vendors_error_and_nothing_changes(launched: Launch, tmp_path: Path, key: str) -> None:
    before = launched.resources()
    token, words = WRONG[key]
    settings = with_secret(launched, tmp_path, key, token)
    try:
        done = launched.pulumi("up", "--yes", "--skip-preview", "--config-file", settings, code=None)
        output = done.stdout + done.stderr
        assert done.returncode != 0
        assert re.search(words, output), output
        assert "Traceback" not in output
        assert token not in output
        assert launched.resources() == before
    finally:
        # The state remembers the provider's token until the next update.
        launched.pulumi("up", "--yes", "--skip-preview")
    launched.pulumi("refresh", "--preview-only", "--expect-no-changes")


def test_a_wrong_neon_key_is_an_error_of_refresh_and_the_database_is_not_forgotten(
    launched: Launch, tmp_path: Path
) -> None:
    before = launched.resources()
    settings = with_secret(launched, tmp_path, "neon:apiKey", "napi_" + "0" * 59)
    try:
        launched.pulumi("up", "--yes", "--skip-preview", "--config-file", settings)  # makes no call to Neon
        done = launched.pulumi("refresh", "--yes", "--skip-preview", code=None)
        output = done.stdout + done.stderr
        assert done.returncode != 0
        assert "401 Unauthorized" in output
        assert "supplied credentials do not pass authentication" in output
        assert launched.resources().keys() == before.keys()
    finally:
        launched.pulumi("up", "--yes", "--skip-preview")
    launched.pulumi("refresh", "--preview-only", "--expect-no-changes")


def test_attached_providers_refuse_only_a_malformed_credential_of_the_environment(launched: Launch) -> None:
    launched.pulumi("refresh", "--preview-only", "--expect-no-changes", NEON_API_KEY="napi_" + "0" * 59)
    done = launched.pulumi("preview", code=None, NEON_API_KEY="napi_0")
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert "NEON_API_KEY: is malformed" in output
    assert "Traceback" not in output


def test_an_unreachable_api_is_a_clear_error_and_the_next_run_succeeds(launched: Launch) -> None:
    before = launched.resources()
    launched.fault(match={"path": "^/client/v4"}, action="reset")
    done = launched.pulumi("preview", code=None)
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert "zone prductr.com: Cloudflare cannot be reached" in output, output
    assert "must be reachable from here" in output
    assert "Traceback" not in output
    output = launched.launch("up", code=1).stderr
    assert output.count("Cloudflare cannot be reached") == 1, output
    assert output.endswith("Error: `pulumi up` failed (see above).\n")
    launched.mend()
    assert launched.resources() == before
    launched.pulumi("preview", "--expect-no-changes")


def test_all_bad_settings_are_reported_in_one_error_before_anything_is_declared(
    launched: Launch, tmp_path: Path
) -> None:
    bad = {
        "prductr:conductor": "maybe",
        "prductr:echomeHost": "echome.example.com",
        "prductr:databaseHistorySeconds": "-1",
        "prductr:conducter": "reserved",
        "vercel:apiToken": "short",
    }
    before = launched.resources()
    settings = launched.settings(tmp_path, **bad)
    done = launched.pulumi("up", "--yes", "--skip-preview", "--config-file", settings, code=None)
    output = done.stdout + done.stderr
    assert done.returncode != 0
    for word in ("conductor", "echome.example.com", "databaseHistorySeconds", "conducter", "apiToken"):
        assert word in output, output
    assert "Traceback" not in output
    assert launched.resources() == before


def test_a_rate_limit_of_a_vendor_only_delays_a_run(launched: Launch) -> None:
    launched.fault(match={"path": "^/vercel/"}, action="status", status=429, retry_after=1, count=1)
    launched.pulumi("refresh", "--preview-only", "--expect-no-changes")
