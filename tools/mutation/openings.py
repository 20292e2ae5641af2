"""Openings: what the owner, or a superuser, can make so that the application reaches more than is declared.

Each is told by the comparison with the declaration or by a check, in the words given here, and then put right by an
apply, or named by it as what only a person can undo.
"""

from __future__ import annotations

from tools.mutation import openings_code, openings_objects, openings_reach
from tools.mutation.opening import Opening


def openings(release: int) -> list[Opening]:
    """Those that this major version of PostgreSQL can have, in a stable order."""
    found = (*openings_reach.OPENINGS, *openings_code.OPENINGS, *openings_objects.OPENINGS)
    return [each for each in found if each.since <= release]
