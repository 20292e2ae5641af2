"""Choose the deployment that the way back leads to."""

from __future__ import annotations

from collections.abc import Sequence

from contract.problem import Problem
from launch.stack import Update


def target(past: Sequence[Update], number: int | None) -> tuple[Update, tuple[Update, ...]]:
    """Return the wanted deployment, and the updates after it.

    Without a number it is the newest that succeeded if a later one failed half-way, otherwise the one before the
    newest. `past` is newest first. Raises Problem.
    """
    deployments = [each for each in past if each.deployed]
    remedy = "`launch history` lists them."
    failed = bool(deployments) and any(each.number > deployments[0].number and each.failed for each in past)
    if len(deployments) + failed < 2:
        raise Problem(f"there are {len(deployments)} deployments: nothing lies before", where="history", remedy=remedy)
    default = deployments[0] if failed else deployments[1]
    found = default if number is None else next((each for each in past if each.number == number), None)
    if found is None:
        raise Problem(f"there is no deployment {number}", where="history", remedy=remedy)
    if not found.deployed:
        what = f"{number} ({found.kind}, {found.result}) left nothing to go back to"
        raise Problem(what, where="history", remedy=remedy)
    undone = tuple(each for each in past if each.number > found.number and each.kind != "refresh")
    if not any(each.deployed or each.failed for each in undone):
        raise Problem(f"{found.number} is the newest deployment", where="history", remedy="Name an earlier one.")
    return found, undone
