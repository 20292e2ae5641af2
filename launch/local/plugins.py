"""Which providers the sandbox's stack uses: the official plugins, or those that the sandbox attaches."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from contract.plugins import pinned
from contract.problem import Problem

VARIABLE = "LAUNCH_PLUGINS"


class Plugins(StrEnum):
    """The values of LAUNCH_PLUGINS."""

    OFFICIAL = "official"
    ATTACHED = "attached"
    AUTO = "auto"
    """The official ones if the engine has all of them in the pinned versions; otherwise the attached ones."""


def official(environment: Mapping[str, str]) -> bool:
    """Return whether the official plugins run. Raises Problem if the variable has none of the three values."""
    word = environment.get(VARIABLE) or Plugins.AUTO
    try:
        wanted = Plugins(word)
    except ValueError:
        known = ", ".join(Plugins)
        raise Problem(f"{word!r} is none of {known}", where=VARIABLE, remedy="Unset it for auto.") from None
    return wanted is Plugins.OFFICIAL or (wanted is Plugins.AUTO and not missing(environment))


def missing(environment: Mapping[str, str]) -> list[str]:
    """Return the official plugins, as NAME VERSION, that are not installed in the user's plugin folder."""
    folder = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    return [
        f"{name} {version}"
        for name, version in pinned().items()
        if not (folder / f"resource-{name}-v{version}").is_dir()
    ]
