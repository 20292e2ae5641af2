"""Openings: objects of the owner or a superuser through which the application reaches more than is declared.

Each is reported by the comparison with the declaration or by a check, with the message given here. An apply then
repairs it, or names it as something that only a person can undo.
"""

from __future__ import annotations

from tools.mutation import openings_code, openings_objects, openings_reach
from tools.mutation.opening import Opening


def openings(release: int) -> list[Opening]:
    """Those that this major version of PostgreSQL can have, in a stable order."""
    found = (*openings_reach.OPENINGS, *openings_code.OPENINGS, *openings_objects.OPENINGS)
    return [each for each in found if each.since <= release]
