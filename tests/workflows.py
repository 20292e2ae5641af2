"""The workflows of .github/workflows, read as GitHub reads them, as far as these tests need it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contract.paths import PROJECT

FOLDER = PROJECT / ".github" / "workflows"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job of one workflow."""

    workflow: str
    name: str
    document: dict[str, Any]
    defaults: dict[str, Any]
    """Permissions of the workflow, for a job that names none."""

    @property
    def permissions(self) -> dict[str, str]:
        found: dict[str, str] = self.document.get("permissions", self.defaults)
        return found

    @property
    def steps(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.document["steps"]
        return found

    @property
    def runs(self) -> list[str]:
        """Return its commands."""
        return [step["run"] for step in self.steps if "run" in step]

    @property
    def has_credentials(self) -> bool:
        """Return whether a secret reaches it."""
        return "environment" in self.document or "secrets." in str(self.document)


def triggers(workflow: str) -> dict[str, Any]:
    """Return its triggers. YAML 1.1 reads the key `on` as true."""
    found = _document(workflow)[True]
    return found if isinstance(found, dict) else {str(found): None}


def jobs(*workflows: str) -> Iterator[Job]:
    """Return the jobs of these workflows, or of all."""
    for path in sorted(FOLDER.glob("*.yml")):
        if not workflows or path.stem in workflows:
            document = _document(path.stem)
            for name, job in document["jobs"].items():
                yield Job(workflow=path.stem, name=name, document=job, defaults=document["permissions"])


def _document(workflow: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(Path(FOLDER / f"{workflow}.yml").read_text())
    return found
