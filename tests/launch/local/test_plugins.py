"""Which providers run. Prevents: a switch that is ignored, and half of the official plugins taken for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.plugins import pinned
from contract.problem import Problem
from launch.local.plugins import missing, official


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user whose engine has all plugins in the pinned versions."""
    for name, version in pinned().items():
        (tmp_path / "plugins" / f"resource-{name}-v{version}").mkdir(parents=True)
    return {"PULUMI_HOME": str(tmp_path)}


def test_auto_takes_the_official_plugins_only_where_all_of_them_are_installed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert len(pinned()) == 4
    assert official(environment)
    assert official({**environment, "LAUNCH_PLUGINS": "auto"})
    name, version = next(iter(pinned().items()))
    folder = tmp_path / "plugins" / f"resource-{name}-v{version}"
    folder.rename(folder.with_name(f"resource-{name}-v0.0.1"))
    assert not official(environment)
    assert missing(environment) == [f"{name} {version}"]


def test_an_explicit_choice_wins_whatever_is_installed(environment: dict[str, str], tmp_path: Path) -> None:
    assert not official({**environment, "LAUNCH_PLUGINS": "attached"})
    assert official({"PULUMI_HOME": str(tmp_path / "nowhere"), "LAUNCH_PLUGINS": "official"})


def test_an_unknown_choice_is_refused_by_name(environment: dict[str, str]) -> None:
    with pytest.raises(Problem, match="LAUNCH_PLUGINS: 'both' is none of official, attached, auto"):
        official({**environment, "LAUNCH_PLUGINS": "both"})
