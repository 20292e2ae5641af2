"""Openings: objects of the owner or a superuser that give the application access beyond the declaration.

The comparison with the declaration or a check reports each, with the message given here. An apply then repairs it, or
names it because only a person can undo it.
"""

from __future__ import annotations

from tools.mutation import openings_code, openings_objects, openings_reach
from tools.mutation.opening import Opening


def openings(release: int) -> list[Opening]:
    """Return the openings that this major version of PostgreSQL can have, in a stable order."""
    found = (*openings_reach.OPENINGS, *openings_code.OPENINGS, *openings_objects.OPENINGS)
    return [each for each in found if each.since <= release]
