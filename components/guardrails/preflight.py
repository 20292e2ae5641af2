"""Checks before the first declaration: the outputs of the stack's last update.

Whether the vendors respond is checked when existing resources are looked up (see `existing.py`), and for Cloudflare in
every run, when the zone is looked up (see `zone.py`).

    state = preflight(settings)    # raises RefusedError
    state.outputs.get("database")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.guardrails.known_state import KnownState, known_state
from components.settings import Mistakes, RefusedError, Settings

CONFIGURED, GENERATED = "configured", "generated"
"""The origin of the key of users' secrets, as reported by the output `master_key`."""


def preflight(settings: Settings) -> KnownState:
    """Return the state after the last update. Raises RefusedError if the key of users' secrets would be replaced."""
    state = known_state()
    refuse_lost_key(state.outputs.get("master_key"), settings.master_key)
    return state


def earlier_outputs() -> Mapping[str, Any]:
    """Return the outputs of this stack's last update; they hold secrets in clear text."""
    return known_state().outputs


def refuse_lost_key(earlier: str | None, present: str) -> None:
    """Raise RefusedError if the last update had a key from the configuration and this one has none.

    (The generated key's protection stops the change from a generated key to a configured one.)
    """
    if earlier == CONFIGURED and not present:
        mistakes = Mistakes()
        remedy = "Set it again: pulumi config set --secret userSecretsMasterKey"
        mistakes.add("prductr:userSecretsMasterKey", "is no longer set; users could not read what they stored", remedy)
        raise RefusedError("The stack needs its key; nothing was changed.", mistakes)
