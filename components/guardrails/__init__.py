"""Checks that run before anything is registered."""

from components.guardrails.existing import Existing
from components.guardrails.guardrails import guardrails
from components.guardrails.preflight import CONFIGURED, GENERATED, earlier_outputs, preflight
from components.guardrails.rules import REVIEW_RULES

__all__ = [
    "CONFIGURED",
    "GENERATED",
    "REVIEW_RULES",
    "Existing",
    "earlier_outputs",
    "guardrails",
    "preflight",
]
