"""The contents of plan/smoke.yaml, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.paths import PROJECT
from launch.inputs import InputError, read_yaml, shown

FILE = PROJECT / "plan" / "smoke.yaml"
SCHEMA = "smoke_plan"


@dataclass(frozen=True, kw_only=True)
class Sections:
    """Headings that a Markdown file must have."""

    heading: str
    """The word that the heading begins with, in any case, such as `Phase`."""
    at_least: int
    at_most: int | None = None
    each: str = ""
    """The title that must follow in each of these sections, with a list below it."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """A required result: one file that matches one of the patterns, new or changed."""

    patterns: tuple[str, ...]
    sections: Sections | None = None


@dataclass(frozen=True, kw_only=True)
class Test:
    """A command of a plugin, and how it is judged."""

    plugin: str
    command: str
    leaves: tuple[Left, ...]
    no_placeholders: bool = False


@dataclass(frozen=True, kw_only=True)
class Runner:
    """The program that runs a command."""

    words: tuple[str, ...]
    version: tuple[str, ...]
    environment: tuple[str, ...]
    timeout_seconds: float
    budget_usd: float

    def command(self, test: Test, plugin: Path) -> list[str]:
        """Return the arguments for one run."""
        filled = {"{command}": test.command, "{plugin}": str(plugin), "{budget}": f"{self.budget_usd:g}"}
        return [filled.get(word, word) for word in self.words]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Every test in every repository."""

    runner: Runner
    untouched: frozenset[str]
    repositories: Mapping[str, str]
    """Maps name to kind."""
    tests: tuple[Test, ...]

    @classmethod
    def read(cls, path: Path = FILE) -> Matrix:
        """Read the file, whole or not at all. Raises InputError."""
        found = read_yaml(path, SCHEMA)
        runner = found["runner"]
        matrix = cls(
            runner=Runner(
                words=tuple(runner["run"]),
                version=tuple(runner["version"]),
                environment=tuple(runner.get("environment", ())),
                timeout_seconds=float(runner["timeoutSeconds"]),
                budget_usd=float(runner["budgetUsd"]),
            ),
            untouched=frozenset(found["untouched"]),
            repositories={each["name"]: each["kind"] for each in found["repositories"]},
            tests=tuple(map(_test, found["tests"])),
        )
        wrong = [
            f"{test.command} does not carry the name of its plugin {test.plugin}"
            for test in matrix.tests
            if not test.command.startswith(f"/{test.plugin}:")
        ]
        wrong += [f"runner.run has no {word}" for word in ("{command}", "{plugin}") if word not in matrix.runner.words]
        if wrong:
            raise InputError("; ".join(wrong), where=shown(path), remedy="Correct it.")
        return matrix

    @property
    def plugins(self) -> list[str]:
        """The name of each plugin, once."""
        return list(dict.fromkeys(test.plugin for test in self.tests))


def _test(found: Mapping[str, Any]) -> Test:
    return Test(
        plugin=found["plugin"],
        command=found["command"],
        leaves=tuple(map(_left, found["leaves"])),
        no_placeholders=bool(found.get("noPlaceholders")),
    )


def _left(found: Mapping[str, Any]) -> Left:
    sections = found.get("sections")
    return Left(
        patterns=(found["file"],) if "file" in found else tuple(found["anyOf"]),
        sections=None
        if sections is None
        else Sections(
            heading=sections["heading"],
            at_least=sections["atLeast"],
            at_most=sections.get("atMost"),
            each=sections.get("each", ""),
        ),
    )
