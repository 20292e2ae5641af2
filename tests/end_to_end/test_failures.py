"""A failed launch must say what is wrong once, clearly, and leave nothing half-made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.world import Launch

WRONG = {
    "cloudflare:apiToken": ("0" * 40, "Cloudflare"),
    "vercel:apiToken": ("0" * 24, "Vercel"),
}


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_token_is_one_error_that_names_the_service_and_nothing_changes(
    launched: Launch, tmp_path: Path, key: str
) -> None:
    before = launched.resources()
    token, service = WRONG[key]
    settings = launched.settings(tmp_path, **{key: token})
    done = launched.pulumi("up", "--yes", "--skip-preview", "--refresh", "--config-file", settings, code=None)
    assert done.returncode != 0
    assert service.lower() in (done.stdout + done.stderr).lower()
    assert "Traceback" not in done.stdout + done.stderr
    assert launched.resources() == before


def test_an_unreachable_api_is_a_clear_error_and_the_next_run_goes_through(launched: Launch) -> None:
    before = launched.resources()
    launched.fault(match={"path": "^/client/v4"}, action="reset")
    done = launched.pulumi("preview", code=None)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    launched.mend()
    assert launched.resources() == before
    launched.pulumi("preview", "--expect-no-changes")


def test_all_bad_settings_are_one_error_before_anything_is_declared(launched: Launch, tmp_path: Path) -> None:
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
    said = done.stdout + done.stderr
    assert done.returncode != 0
    for word in ("conductor", "echome.example.com", "databaseHistorySeconds", "conducter", "apiToken"):
        assert word in said, said
    assert "Traceback" not in said
    assert launched.resources() == before


def test_a_vendor_that_asks_to_wait_only_delays_a_run(launched: Launch) -> None:
    launched.fault(match={"path": "^/vercel/"}, action="status", status=429, retry_after=1, count=1)
    launched.pulumi("refresh", "--preview-only", "--expect-no-changes")
