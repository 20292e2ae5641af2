"""A domain given to another project in one call, and back where that does not serve it.

Between the call and the look at what it serves the process may die: then the next run looks, before it plans anything.
"""

from __future__ import annotations

from collections.abc import Callable

from launch.adopt.hands import Hands
from launch.adopt.journal import DONE, Journal
from launch.adopt.planner import AdoptionError

MOVE = "move"
Trouble = Callable[[str], str]
"""Why a host does not serve what is declared; "" where it does."""


def move(hands: Hands, host: str, source: str, target: str, trouble: Trouble) -> None:
    """Give the host to the project `target`, and back to `source` if it does not serve. Raises AdoptionError."""
    hands.move(host, source, target)
    _look(hands, host, source, target, trouble)


def settle(hands: Hands, journal: Journal, trouble: Trouble) -> None:
    """Look at what a run that died has moved and not looked at. Raises AdoptionError where that does not serve."""
    for entry in journal.to_return():
        if entry.back.get("kind") != MOVE or entry.phase == DONE:
            continue
        host, source, target = (str(entry.back[name]) for name in ("host", "from", "to"))
        if hands.holder(host) == target:
            _look(hands, host, source, target, trouble)
            journal.note(entry.key, DONE)


def _look(hands: Hands, host: str, source: str, target: str, trouble: Trouble) -> None:
    try:
        problem = trouble(host)
    except Exception:
        hands.move(host, target, source)  # what nobody has seen serving does not stay
        raise
    if problem:
        hands.move(host, target, source)
        what = f"the new project did not serve it, so the old one has it again: {problem}"
        raise AdoptionError(what, where=host, remedy="Put that right, then run this again.")
