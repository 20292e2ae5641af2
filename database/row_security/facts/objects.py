"""Differences of objects without privileges: operators, casts, types, languages, publications and the like."""

from __future__ import annotations

from collections.abc import Iterator

from database.row_security.facts.difference import Difference, Need, within
from database.row_security.facts.facts import Value


def compare_object(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Report undeclared objects. Those that change a statement's meaning, or write rows, are harmful."""
    if there is None or (wanted is not None and wanted["detail"] != there["detail"]):
        detail = there["detail"] if there else "missing"
        text = f"{thing} {detail}, declared {wanted['detail'] if wanted else 'nothing'}"
        yield Difference(kind="object", object=thing, text=text, needs=Need.MIGRATION)
        return
    harmful = bool(there["harmful"])
    repair, needs = within(there, (f"drop {_droppable(thing)}",)) if there["droppable"] else ((), Need.PERSON)
    yield Difference(
        kind="object",
        object=thing,
        text=f"{thing} is not declared: it {there['detail']}",
        repair=repair,
        needs=needs if harmful else Need.PERSON,
        security=harmful or thing.startswith(("publication ", "subscription ")),
        foreign=True,
        harmful=harmful,
    )


def _droppable(thing: str) -> str:
    """Return the object's spelling in DROP."""
    return thing.replace("statistics object ", "statistics ", 1)
