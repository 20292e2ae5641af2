"""What is looked at before the first thing is declared: what this stack has had.

Whether the vendors answer is learned where what exists is looked up (see `existing.py`), and, of Cloudflare, in every
run where the zone is (see `zone.py`).

    state = preflight(settings)    # raises RefusedError
    state.outputs.get("database")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.guardrails.known_state import KnownState, known_state
from components.settings import Mistakes, RefusedError, Settings

CONFIGURED, GENERATED = "configured", "generated"
"""Where the key of users' secrets comes from, as the output `master_key` says it."""


def preflight(settings: Settings) -> KnownState:
    """The state that the last update left. Raises RefusedError if the key of users' secrets would be replaced."""
    state = known_state()
    refuse_lost_key(state.outputs.get("master_key"), settings.master_key)
    return state


def earlier_outputs() -> Mapping[str, Any]:
    """The outputs that the last update of this stack left; they hold secrets in clear."""
    return known_state().outputs


def refuse_lost_key(earlier: str | None, present: str) -> None:
    """Raise RefusedError if the last update had a key from the configuration, and now there is none.

    (The way back from a generated key to a configured one ends at the protection of the generated one.)
    """
    if earlier == CONFIGURED and not present:
        mistakes = Mistakes()
        remedy = "Set it again: pulumi config set --secret userSecretsMasterKey"
        mistakes.add("prductr:userSecretsMasterKey", "is no longer set; what users stored could not be read", remedy)
        raise RefusedError("The stack needs its key; nothing was changed.", mistakes)
