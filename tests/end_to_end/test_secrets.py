"""Tokens were pasted by hand and passwords kept in notes: now no secret may be in plain text anywhere."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil

from components.generated_secrets import key_of
from tests.end_to_end.world import Launch

SECRET_OUTPUTS = ("application_database_url", "service_database_url", "owner_database_url")


def secrets_of(launch: Launch) -> dict[str, str]:
    """Return every secret of the launch, by its source."""
    outputs = launch.outputs()
    found = {name: str(urlsplit(outputs[name]).password) for name in SECRET_OUTPUTS}
    exported = json.loads(launch.pulumi("stack", "export", "--show-secrets").stdout)
    for resource in exported["deployment"]["resources"]:
        for field in ("result", "base64", "hex"):
            value = resource.get("outputs", {}).get(field)
            if resource["type"].startswith("random:") and value:
                plain = value["plaintext"] if isinstance(value, dict) else value
                found[f"{resource['urn']}.{field}"] = json.loads(plain) if plain.startswith('"') else plain
    (made_of,) = [value for name, value in found.items() if "secrets-master-key" in name]
    found["master key"] = key_of(made_of)
    credentials = launch.home.credentials
    found |= {
        "cloudflare": credentials.cloudflare_api_token,
        "vercel": credentials.vercel_api_token,
        "neon": credentials.neon_api_key,
    }
    assert len(found) >= 9
    assert min(map(len, found.values())) >= 16
    return found


def assert_clean(content: bytes, secrets: dict[str, str], where: str) -> None:
    for name, secret in secrets.items():
        for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()):
            assert form.encode() not in content, f"{name} stands in plain text in {where}"


def files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


@contextmanager
def watched_processes() -> Iterator[set[bytes]]:
    """Collect the command lines of all processes that run during the block."""
    seen: set[bytes] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for process in psutil.process_iter():
                try:
                    seen.add(" ".join(process.cmdline()).encode())
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def test_a_marker_in_plain_text_would_be_found() -> None:
    marker = "marker-of-the-leak-test"
    for planted in (marker, quote(marker), base64.b64encode(marker.encode()).decode()):
        try:
            assert_clean(f"x {planted} y".encode(), {"marker": marker}, "a file")
        except AssertionError:
            continue
        raise AssertionError(f"{planted} was overlooked")


def test_state_and_logs_hold_no_secret_in_plain_text(launched: Launch) -> None:
    secrets = secrets_of(launched)
    looked_at = 0
    for folder in (Path(launched.home.state_backend.removeprefix("file://")), launched.home.logs):
        for file in files(folder):
            assert_clean(file.read_bytes(), secrets, str(file))
            looked_at += 1
    assert looked_at >= 5


def test_outputs_plans_and_process_arguments_hold_no_secret_in_plain_text(launched: Launch) -> None:
    secrets = secrets_of(launched)
    with watched_processes() as command_lines:
        finished = [
            launched.pulumi("stack", "output", "--json"),
            launched.pulumi("preview", "--diff"),
            launched.pulumi("preview", "--json"),
            launched.pulumi("refresh", "--yes", "--skip-preview", "--diff"),
            launched.pulumi("up", "--yes", "--skip-preview", "--diff"),
            launched.launch("up"),
            launched.launch("verify"),
            launched.launch("verify", "--json"),
        ]
    for done in finished:
        assert_clean((done.stdout + done.stderr).encode(), secrets, " ".join(done.args))
    assert any(b"launch verify" in line for line in command_lines)
    for line in command_lines:
        assert_clean(line, secrets, f"the process {line!r}")
    shown = json.loads(finished[0].stdout)
    assert {shown[name] for name in SECRET_OUTPUTS} == {"[secret]"}
