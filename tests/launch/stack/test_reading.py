"""The state is read while others write it. Prevents: a verb that fails, or believes half a file, during an update."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from launch.stack.reading import CommandFailedError, Reader
from launch.stack.settings import provider_settings
from launch.stack.state import SIGNATURE, State

_SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}


def engine(folder: Path, *answers: str) -> Reader:
    """Write a `pulumi` that returns one output after the other, the last for ever: lines of shell."""
    cases = "\n".join(f"{number}) {line};;" for number, line in enumerate(answers[:-1], 1))
    script = f"""#!/bin/sh
count=$(cat {folder}/count 2>/dev/null || echo 0); count=$((count + 1)); echo $count > {folder}/count
case $count in
{cases}
*) {answers[-1]};;
esac
"""
    program = folder / "pulumi"
    program.write_text(script)
    program.chmod(0o755)
    return Reader(folder=folder, environment={"PATH": f"{folder}:/usr/bin:/bin"})


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launch.stack.reading.FIRST_PAUSE", 0.001)


_HALF = "echo 'error: failed to load checkpoint: EOF' >&2; exit 255"


def test_half_a_checkpoint_is_read_again_until_it_is_complete(tmp_path: Path) -> None:
    reader = engine(tmp_path, _HALF, _HALF, "echo whole")
    assert reader.read(["stack", "export"], str.strip) == "whole"
    assert (tmp_path / "count").read_text() == "3\n"


def test_a_checkpoint_that_stays_broken_raises_the_engines_error(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="failed to load checkpoint: EOF"):
        engine(tmp_path, _HALF).read(["stack", "export"], str.strip)
    assert int((tmp_path / "count").read_text()) > 3


def test_other_failures_are_not_retried(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError) as failed:
        engine(tmp_path, "echo \"error: no stack named 'x' found\" >&2; exit 255").read(["stack"], str.strip)
    assert (failed.value.no_such_stack, (tmp_path / "count").read_text()) == (True, "1\n")


def test_standard_output_of_a_failure_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError) as failed:
        engine(tmp_path, "echo hunter2; echo wrong >&2; exit 1").run("stack", "export")
    assert "hunter2" not in str(failed.value)


def state() -> State:
    resources = [
        {"urn": "urn:stack", "type": "pulumi:pulumi:Stack", "outputs": {"url": _SECRET, "plain": {"a": [_SECRET, 1]}}},
        {"urn": "urn:thing", "type": "x:y:Z", "custom": True, "outputs": {"value": _SECRET, "name": "n"}},
    ]
    deployment = {"manifest": {"time": "2026-01-01T00:00:00Z"}, "resources": resources}
    return State.of(json.dumps({"version": 3, "deployment": deployment}))


def test_secrets_of_the_state_are_shown_only_on_request() -> None:
    found = state()
    assert found.outputs() == {"url": "[secret]", "plain": {"a": ["[secret]", 1]}}
    assert found.outputs(secrets=True) == {"url": "hunter2", "plain": {"a": ["hunter2", 1]}}
    assert found.resources[1]["outputs"] == {"value": "[secret]", "name": "n"}
    assert found.secrets()["urn:thing"] == {"value": "hunter2"}
    assert "hunter2" not in repr(found)


def test_a_stack_that_was_never_updated_has_no_outputs_and_no_resources() -> None:
    empty = State.of('{"version": 3, "deployment": null}')
    assert (empty.outputs(), empty.resources, empty.pending, empty.written) == ({}, [], [], "")


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ("config: {vercel:team: hhnn, prductr:domain: a.b}", {"vercel:team": "hhnn", "cloudflare:baseUrl": "http://x"}),
        ("config: {vercel:team: {secure: v1:abc}}", None),
        ("environment: [shared]\nconfig: {vercel:team: hhnn}", None),
        ("not: [closed", None),
        ("- a list", None),
        ("", None),
    ],
)
def test_settings_of_providers_are_read_from_the_files_or_left_to_the_engine(
    own: str, found: dict[str, str] | None, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(own)
    (tmp_path / "Pulumi.yaml").write_text(
        "name: a\nconfig: {cloudflare:baseUrl: {value: http://x}, domain: {type: string}}"
    )
    assert provider_settings(tmp_path, "dev") == found
