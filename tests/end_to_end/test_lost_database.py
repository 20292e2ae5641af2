"""A refresh can make the stack forget its database; the next update must not put an empty one in its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.world import Launch

REFUSAL = "another one would be empty"


@pytest.mark.parametrize("command", [("preview",), ("up", "--yes", "--skip-preview")])
def test_a_database_missing_from_the_state_is_not_recreated(
    launched: Launch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    backup = tmp_path / "state.json"
    launched.pulumi("stack", "export", "--file", str(backup))
    state = json.loads(backup.read_text())
    (urn,) = (each["urn"] for each in state["deployment"]["resources"] if each["type"] == "neon:index/project:Project")
    before = launched.projects()
    try:
        launched.pulumi("state", "delete", urn, "--force", "--target-dependents", "--yes")
        done = launched.pulumi(*command, code=None)
        output = done.stdout + done.stderr
        assert done.returncode != 0
        assert REFUSAL in output, output
        assert f"Neon project {before[0]}" in output
        assert "pulumi config set replaceLostDatabase true" in output
        assert launched.projects() == before
    finally:
        launched.pulumi("stack", "import", "--file", str(backup))
    launched.pulumi("up", "--yes", "--skip-preview")
    launched.pulumi("preview", "--expect-no-changes")
