"""A bare project, its state in a temporary folder, on the engine that the project itself uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launch.stack.engine import Engine, find
from launch.stack.environment import applied
from tests.toolchain.engine.bare_project import BareProject


@pytest.fixture(scope="session")
def engine() -> Engine:
    return find()


@pytest.fixture
def project(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> BareProject:
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "state").mkdir()
    (folder / "Pulumi.yaml").write_text("name: bare\nruntime: python\n")
    environment = applied(
        {
            **engine.environment(),
            "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_HOME": str(tmp_path / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
    )
    made = BareProject(folder, environment)
    code, output = made.run("stack", "init", "dev")
    assert code == 0, output
    return made
