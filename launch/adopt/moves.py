"""Give a domain to another project in one call, and give it back if that project does not serve it.

The process may die between the call and the check of what is served; the next run then checks before it plans.
"""

from __future__ import annotations

from collections.abc import Callable

from launch.adopt.hands import Hands
from launch.adopt.journal import DONE, Journal
from launch.adopt.planner import AdoptionError

MOVE = "move"
Trouble = Callable[[str], str]
"""Returns why a host does not serve what is declared, or "" if it does."""


def move(hands: Hands, host: str, source: str, target: str, trouble: Trouble) -> None:
    """Give the host to the project `target`, and back to `source` if it does not serve. Raises AdoptionError."""
    hands.move(host, source, target)
    _look(hands, host, source, target, trouble)


def settle(hands: Hands, journal: Journal, trouble: Trouble) -> None:
    """Check each host that a dead run moved without checking it. Raises AdoptionError if one does not serve."""
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
        hands.move(host, target, source)  # a project that was never seen serving does not keep the host
        raise
    if problem:
        hands.move(host, target, source)
        what = f"the new project did not serve it, so the old one has it again: {problem}"
        raise AdoptionError(what, where=host, remedy="Correct that, then run this again.")
