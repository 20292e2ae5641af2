"""Undeclared objects in the vendors' accounts, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from launch.report import Finding, Section, Verdict
from launch.stack import State
from launch.strangers import Stranger, strangers
from vendors import Access


@dataclass(frozen=True)
class Beside:
    """The undeclared objects in the vendors' accounts."""

    strangers: tuple[Stranger, ...] = ()
    unchecked: tuple[str, ...] = ()
    """Why a look was not possible, one sentence each."""

    @property
    def rivals(self) -> tuple[Stranger, ...]:
        """Objects that affect visitors, mail, tenants or the application, the worst first."""
        return tuple(sorted((each for each in self.strangers if not each.harmless), key=lambda each: not each.security))

    @property
    def orphans(self) -> tuple[Stranger, ...]:
        """Objects that do not affect the declared ones."""
        return tuple(each for each in self.strangers if each.harmless)

    def data(self) -> dict[str, Any]:
        """Return both as JSON."""
        return {
            "beside": [asdict(each) for each in self.rivals],
            "orphans": [asdict(each) for each in self.orphans],
        }

    def sections(self) -> tuple[Section, ...]:
        """Return both for a report, with what was not examined."""
        rivals = [
            Finding(
                subject=each.beside,
                name=each.vendor,
                verdict=Verdict.UNSAFE if each.security else Verdict.FAILED,
                detail=f"{each.what} {each.effect}",
                remedy=each.remedy,
                needs=("person",),
            )
            for each in self.rivals
        ]
        unchecked = [
            Finding(subject="accounts", name="beside the declared", verdict=Verdict.UNCHECKED, detail=each)
            for each in self.unchecked
        ]
        orphans = [
            Finding(subject=each.beside, name=each.vendor, verdict=Verdict.NOTED, detail=f"{each.what} {each.effect}")
            for each in self.orphans
        ]
        intro = "Nobody declared these, and they do not affect anything declared. Some of them cost money."
        return (
            Section(title="Beside the declared", findings=(*rivals, *unchecked)),
            Section(title="Orphans", intro=intro if orphans else "", findings=tuple(orphans), minor=True),
        )


def beside(state: State, access: Access) -> Beside:
    """Look for undeclared objects in the accounts. Raises no VendorError: refused requests go to `unchecked`."""
    outputs: Mapping[str, Any] = state.outputs()
    absent = [host for host, entry in (outputs.get("hosts") or {}).items() if entry["kind"] == "absent"]
    found, unchecked = strangers(state.resources, access, absent=absent)
    return Beside(tuple(found), tuple(unchecked))
