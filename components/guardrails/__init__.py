"""Checks that run before anything is registered."""

from components.guardrails.existing import Existing
from components.guardrails.guardrails import guardrails
from components.guardrails.preflight import CONFIGURED, GENERATED, preflight

__all__ = [
    "CONFIGURED",
    "GENERATED",
    "Existing",
    "guardrails",
    "preflight",
]
