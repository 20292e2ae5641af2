"""A first run that one vendor refused left half a launch behind, or waited for ever: now it creates nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch.stack import SANDBOX, Stack
from tests.end_to_end.world import Launch, new_sandbox, run

WRONG = {
    "cloudflare:apiToken": ("0" * 40, "Cloudflare refuses access: .*403 Forbidden"),
    "vercel:apiToken": ("0" * 24, "Vercel: refuses access: .*403 Forbidden"),
    "neon:apiKey": ("napi_" + "0" * 59, "Neon: refuses access: .*401 Unauthorized"),
}
UNREACHABLE = {
    "^/client/v4": "zone prductr.com: Cloudflare cannot be reached",
    "^/vercel/": "Vercel: cannot be reached",
    "^/neon/": "Neon: cannot be reached",
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """A sandbox with the stack created and nothing deployed into it."""
    folder = tmp_path_factory.mktemp("first") / "sandbox"
    environment = new_sandbox(folder)
    try:
        run(sys.executable, "-m", "launch", "sandbox", "start", environment=environment)
        launch = Launch(folder=folder)
        Stack(name=SANDBOX, environment=launch.environment()).create()
        yield launch
    finally:
        run(sys.executable, "-m", "launch", "down", environment=environment)


def refused(launch: Launch, words: str, *arguments: str) -> None:
    """Assert that preview and update end with this message, and that nothing was created anywhere."""
    before = launch.changes()
    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        done = launch.pulumi(*command, *arguments, code=None)
        output = done.stdout + done.stderr
        assert done.returncode != 0, output
        assert re.search(words, output), output
        assert "nothing was changed" in output
        assert "Traceback" not in output
    assert launch.changes() == before
    assert [
        each["type"] for each in launch.state().get("resources", []) if not each["type"].startswith("pulumi:")
    ] == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_credential_is_reported_before_anything_is_made(empty: Launch, tmp_path: Path, key: str) -> None:
    token, words = WRONG[key]
    settings = empty.settings(tmp_path)
    empty.pulumi("config", "set", "--secret", key, token, "--config-file", settings)
    refused(empty, words, "--config-file", settings)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("path", UNREACHABLE)
def test_an_unreachable_vendor_is_reported_before_anything_is_made(empty: Launch, path: str) -> None:
    empty.fault(match={"path": path}, action="reset")
    try:
        refused(empty, UNREACHABLE[path])
    finally:
        empty.mend()


def test_all_refusing_vendors_are_reported_together(empty: Launch) -> None:
    empty.fault(match={"path": "^/(vercel|neon)/"}, action="status", status=403)
    try:
        output = empty.pulumi("preview", code=None)
    finally:
        empty.mend()
    words = output.stdout + output.stderr
    assert re.search(r"\d\. Vercel: refuses access", words), words
    assert re.search(r"\d\. Neon: refuses access", words), words
