"""A run that takes over an existing production. `launch adopt` prepares it, in a folder of its own.

    adoption = Adoption(settings.adoption)
    adoption.settle(inventory, missing, held=…, ours=…)      # what exists of each

An environment variable names the folder, never the configuration, so no import id outlives the run. A plan finds no
`decided.json`: it imports, at preview, whatever can be adopted, and writes what exists to `found.json`. An update
imports only what the plan recorded in `decided.json`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.settings import Mistakes, RefusedError

if TYPE_CHECKING:
    from vendors.adoptable import Match
    from vendors.existing import Inventory, Wanted

FOUND, DECIDED = "found.json", "decided.json"
LATER = ""
"""Takes the place of an import id."""


@dataclass(frozen=True)
class Adoption:
    """One run that adopts."""

    folder: Path

    def settle(
        self,
        inventory: Inventory,
        missing: Iterable[Wanted],
        *,
        held: Iterable[str],
        ours: Collection[tuple[str, str]],
    ) -> Sequence[Match]:
        """Return the existing resources that the state lacks.

        `held` are ids in the state; `ours` are type and name of resources that an interrupted run of this program
        created.

        Raises VendorError, and RefusedError if something can now be adopted that the plan did not decide about.
        """
        from vendors.adoptable import match, others

        matches = match(inventory, missing)
        decided = self._decided()
        if decided is None:
            beside = [asdict(each) for each in others(inventory, matches, held)]
            self._write({"matches": [each.document() for each in matches], "others": beside})
            return matches
        mistakes = Mistakes()
        for each in matches:
            found = each.adopted
            if self.later(each):
                continue
            if (each.kind, each.name) in ours:
                continue
            if found is not None and decided.get(f"{each.kind} {each.name}") != found.import_id:
                mistakes.add(each.name, f"{found.what} did not exist when this was planned", "Plan again.")
        if mistakes.found:
            raise RefusedError("The accounts have changed since the plan; nothing was changed.", mistakes)
        return matches

    def later(self, match: Match) -> bool:
        """Return whether a later run adopts it. This run must leave it out, or the engine would import it anyway."""
        return (self._decided() or {}).get(f"{match.kind} {match.name}") == LATER

    def _decided(self) -> dict[str, str] | None:
        file = self.folder / DECIDED
        if not file.exists():
            return None
        found: dict[str, str] = json.loads(file.read_text("utf-8"))
        return found

    def _write(self, document: dict[str, Any]) -> None:
        (self.folder / FOUND).write_text(json.dumps(document), "utf-8")
