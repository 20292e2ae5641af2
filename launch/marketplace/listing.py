"""The contents of plan/marketplace.yaml, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.paths import PROJECT
from launch.inputs import InputError, read_yaml

FILE = PROJECT / "plan" / "marketplace.yaml"
SCHEMA = "marketplace_plan"


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of a plan of a plugin. The format has no field for it."""

    plan: str
    usd_per_month: float
    audience: str = ""

    def __str__(self) -> str:
        amount = f"{self.usd_per_month:g} USD a month" if self.usd_per_month else "free"
        return f"{self.plan}: {amount}" + (f", for {self.audience}" if self.audience else "")


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One plugin."""

    name: str
    display_name: str
    description: str
    homepage: str
    repository: str
    license: str
    keywords: tuple[str, ...]
    features: tuple[str, ...]
    category: str
    """Not part of the format, like the prices."""
    prices: tuple[Price, ...]

    @property
    def slug(self) -> str:
        """OWNER/NAME of its repository at GitHub."""
        return self.repository.removeprefix("https://github.com/")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The marketplace with its plugins."""

    name: str
    description: str
    domain: str
    owner_name: str
    owner_email: str
    support: str
    """URL of the support page."""
    privacy: str
    terms: str
    """Empty if there is none."""
    repository: str
    plugins: tuple[Plugin, ...]

    @classmethod
    def read(cls, path: Path = FILE) -> Listing:
        """Read the file, whole or not at all. Raises InputError."""
        found = read_yaml(path, SCHEMA)
        return cls(
            name=found["name"],
            description=found["description"],
            domain=found["domain"],
            owner_name=found["owner"]["name"],
            owner_email=found["owner"]["email"],
            support=found["support"],
            privacy=found["privacy"],
            terms=found.get("terms", ""),
            repository=found["repository"],
            plugins=tuple(map(_plugin, found["plugins"])),
        )

    def plugin(self, name: str) -> Plugin:
        """Return the plugin of this name. Raises InputError."""
        for plugin in self.plugins:
            if plugin.name == name:
                return plugin
        known = ", ".join(plugin.name for plugin in self.plugins)
        raise InputError(f"there is no plugin {name!r}", where="plan/marketplace.yaml", remedy=f"It names {known}.")


def _plugin(found: Mapping[str, Any]) -> Plugin:
    return Plugin(
        name=found["name"],
        display_name=found["displayName"],
        description=found["description"],
        homepage=found["homepage"],
        repository=found["repository"],
        license=found["license"],
        keywords=tuple(found["keywords"]),
        features=tuple(found["features"]),
        category=found["beside"]["category"],
        prices=tuple(
            Price(plan=each["plan"], usd_per_month=each["usdPerMonth"], audience=each.get("for", ""))
            for each in found["beside"]["prices"]
        ),
    )
