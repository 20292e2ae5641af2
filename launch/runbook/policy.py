"""The people and response times of plan/runbook.yaml, typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from contract.paths import PROJECT
from launch.inputs import read_yaml

FILE = PROJECT / "plan" / "runbook.yaml"
SCHEMA = "runbook_plan"
Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Who responds, how fast, and whom to call."""

    channel: str
    severities: tuple[Row, ...]
    """Name, meaning, response time, and whether a review follows."""
    escalation: tuple[Row, ...]
    """Who, when and how."""
    vendors: tuple[Row, ...]
    """Name, what it runs, status page, support."""
    review_days: int
    review_asks: tuple[str, ...]

    @classmethod
    def read(cls, path: Path = FILE) -> Policy:
        """Read the file, whole or not at all. Raises InputError."""
        found = read_yaml(path, SCHEMA)
        return cls(
            channel=found["channel"],
            severities=tuple(
                (each["name"], each["meaning"], each["answer"], "yes" if each["review"] else "no")
                for each in found["severities"]
            ),
            escalation=tuple((each["who"], each["when"], each["how"]) for each in found["escalation"]),
            vendors=tuple((each["name"], each["runs"], each["status"], each["support"]) for each in found["vendors"]),
            review_days=found["review"]["withinDays"],
            review_asks=tuple(found["review"]["asks"]),
        )

    def support(self, vendor: str) -> str:
        """Return the contact of a vendor's support, or the vendor's name if the file has no contact."""
        return next((row[3] for row in self.vendors if row[0] == vendor), vendor)
