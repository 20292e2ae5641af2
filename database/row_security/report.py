"""A run's printed report about row security, and the outputs that the state keeps."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from database.row_security.facts import Difference, Facts, unprotected
from database.row_security.row_security import Report

_SHOWN = 10
"""How many differences a run names; a database secured for the first time has hundreds."""


def say(text: str) -> None:
    """Show a line in the engine's display, which relays a provider's output."""
    print(f"security: {text}", flush=True)


def drift_of(differences: Iterable[Difference], tolerated: Collection[str]) -> list[Difference]:
    """Return the differences that are drift. Prints them, and also those that were left alone."""
    drift = []
    for each in differences:
        if each.left_alone(tolerated):
            say(f"left alone: {each.text}")
        else:
            say(each.text)
            drift.append(each)
    return drift


def still_there(marks: Iterable[str], differences: Iterable[Difference]) -> set[str]:
    """Return the marks of left-alone objects that still exist. An object that has changed keeps its old mark."""
    keys = {each.key for each in differences if each.foreign}
    return {mark for mark in marks if mark.rpartition(" ")[0] in keys}


def show(report: Report) -> None:
    """Print what an apply repaired and what it left alone."""
    for text in report.done[:_SHOWN]:
        say(f"put right: {text}")
    if len(report.done) > _SHOWN:
        say(f"put right: {len(report.done) - _SHOWN} more")
    for each in report.foreign:
        say(f"left alone: {each.text}")


def outputs(declared: Facts, facts: Facts, *, foreign: Collection[str], drift: Iterable[Difference]) -> dict[str, Any]:
    """Return the resource's outputs. `foreign` holds the marks of left-alone objects."""
    return {
        "fingerprint": facts.fingerprint,
        "summary": facts.summary(),
        "unprotected": unprotected(declared, facts),
        "foreign": sorted(foreign),
        "drift": [each.document() for each in drift],
    }
