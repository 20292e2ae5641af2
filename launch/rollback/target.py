"""Which deployment the way back leads to."""

from __future__ import annotations

from collections.abc import Sequence

from contract.problem import Problem
from launch.stack import Update


def target(past: Sequence[Update], number: int | None) -> tuple[Update, tuple[Update, ...]]:
    """The deployment that is wanted (without a number the one before the newest), and what came after it.

    `past` is newest first. Raises Problem.
    """
    deployments = [each for each in past if each.deployed]
    remedy = "`launch history` lists them."
    if len(deployments) < 2:
        raise Problem(f"there are {len(deployments)} deployments: nothing lies before", where="history", remedy=remedy)
    found = deployments[1] if number is None else next((each for each in past if each.number == number), None)
    if found is None:
        raise Problem(f"there is no deployment {number}", where="history", remedy=remedy)
    if not found.deployed:
        what = f"{number} is a {found.kind} that {found.result}, and left nothing to go back to"
        raise Problem(what, where="history", remedy=remedy)
    undone = tuple(each for each in past if each.number > found.number and each.kind != "refresh")
    if not any(each.deployed or each.result != "succeeded" for each in undone):
        raise Problem(f"{found.number} is the newest deployment", where="history", remedy="Name an earlier one.")
    return found, undone
