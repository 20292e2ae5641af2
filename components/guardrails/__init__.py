"""What is judged before anything is registered."""

from components.guardrails.existing import Existing
from components.guardrails.guardrails import guardrails
from components.guardrails.known_state import KnownState, known_state
from components.guardrails.preflight import CONFIGURED, GENERATED, preflight
from components.guardrails.rules import REVIEW_RULES

__all__ = [
    "CONFIGURED",
    "GENERATED",
    "REVIEW_RULES",
    "Existing",
    "KnownState",
    "guardrails",
    "known_state",
    "preflight",
]
