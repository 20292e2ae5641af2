"""`launch status`: whether the launch can happen, and what blocks it, from the last record or from a new look."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from contract.problem import Problem
from launch import looks
from launch.report import Report, json, verb
from launch.selection import chosen
from launch.status import Evidence, Sources, baseline, keep, load, status_report

VARIABLE = "LAUNCH_CHECKOUTS"


@verb("status", help="Show what blocks the launch, from the last record; --look looks again.")
@click.option("--stack", "name", help="The stack that is launched; by default PULUMI_STACK or the sandbox's.")
@click.option("--look", "again", is_flag=True, help="Look at everything first, as `launch drift` does.")
@click.option(
    "--checkout",
    "checkouts",
    multiple=True,
    metavar="NAME=FOLDER",
    help="Folder of another repository, by its name in plan/launch.yaml; also LAUNCH_CHECKOUTS, separated by commas.",
)
def status(*, name: str | None, again: bool, checkouts: Sequence[str]) -> Report:
    """Return the status of every bead."""
    plan = load()
    places = _places([*filter(None, os.environ.get(VARIABLE, "").split(",")), *checkouts], plan.checkouts)
    name = chosen(name)
    if again:
        _look(name)
    evidence = Evidence.restored(looks.load(name, "facts"))
    report, verdicts = status_report(
        plan,
        Sources(evidence=evidence, checkouts=places),
        name,
        baseline(name, evidence.looked_at if evidence else None),
    )
    if evidence is not None:
        keep(name, evidence.looked_at, verdicts)
    looks.save(name, "status", json.document(report))
    return report


def _look(name: str) -> None:
    from rich.console import Console

    from launch.drift import keep as keep_look
    from launch.drift import look
    from launch.selection import named

    stack = named(name)
    with Console(stderr=True).status(f"Looking at stack {stack.name} …"):
        keep_look(look(stack))


def _places(words: Sequence[str], known: object) -> dict[str, Path]:
    """Return name and folder of each given checkout. Raises Problem."""
    assert isinstance(known, dict)
    found: dict[str, Path] = {}
    for word in words:
        name, equals, folder = word.partition("=")
        if not equals or not folder:
            raise Problem(f"{word!r} is not NAME=FOLDER", where="--checkout", remedy=f"Give one of {', '.join(known)}.")
        if name not in known:
            remedy = f"Give one of {', '.join(known)}, or add it to plan/launch.yaml."
            raise Problem(f"there is no checkout {name}", where="--checkout", remedy=remedy)
        place = Path(folder).expanduser()
        if not place.is_dir():
            raise Problem("is not a folder", where=str(place), remedy="Name the folder of the checkout.")
        found[name] = place
    return found
