"""What a run does that takes over a production which exists: `launch adopt` prepares it, in a folder of its own.

    adoption = Adoption(settings.adoption)
    adoption.settle(inventory, missing, held=…, ours=…)      # what there is of each

The folder is named by the environment and never by the configuration, so that no import id outlives the run. A plan
finds `decided.json` missing: then whatever can be adopted is imported, at preview, and `found.json` says what there is.
An update finds in `decided.json` what the plan decided, and imports nothing else.
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
        """What there is of what the state lacks.

        `held` are the ids that the state has; `ours` are type and name of what an interrupted run of this program made.

        Raises VendorError, and RefusedError if something can be adopted by now that was not decided about.
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
            if (each.kind, each.name) in ours:
                continue
            if found is not None and decided.get(f"{each.kind} {each.name}") != found.import_id:
                mistakes.add(each.name, f"{found.what} was not there when this was planned", "Plan again.")
        if mistakes.found:
            raise RefusedError("The accounts are not as they were planned with; nothing was changed.", mistakes)
        return matches

    def _decided(self) -> dict[str, str] | None:
        file = self.folder / DECIDED
        if not file.exists():
            return None
        found: dict[str, str] = json.loads(file.read_text("utf-8"))
        return found

    def _write(self, document: dict[str, Any]) -> None:
        (self.folder / FOUND).write_text(json.dumps(document), "utf-8")
