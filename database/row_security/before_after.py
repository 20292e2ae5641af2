"""The changes that an update of row security would make: each fact as it is and as it would be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from database.row_security.facts import Facts, Need, Value, compare


@dataclass(frozen=True, kw_only=True)
class SecurityChange:
    """One fact that would change."""

    kind: str
    """policy, relation, function, grant and so on."""
    object: str
    text: str
    """The difference as a sentence."""
    before: str = ""
    after: str = ""
    """A policy in words; empty if there is none, and for every other kind of fact."""
    needs: Need = Need.UPDATE
    """The kind of repair that it needs; an update may leave it alone if it needs a person."""


def security_changes(declared: Facts, actual: Facts) -> Iterator[SecurityChange]:
    """Yield the differences between the database and the declaration, policies first."""
    differences = sorted(compare(declared, actual), key=lambda each: (each.kind != "policy", each.kind, each.object))
    for each in differences:
        key = (each.kind, each.object)
        policy = each.kind == "policy"
        yield SecurityChange(
            kind=each.kind,
            object=each.object,
            text=each.text,
            before=_policy(actual.entries.get(key)) if policy else "",
            after=_policy(declared.entries.get(key)) if policy else "",
            needs=each.needs,
        )


def _policy(value: Value | None) -> str:
    if value is None:
        return ""
    manner = "" if value["permissive"] else "restrictive, "
    rows = f", rows where {value['using']}" if value["using"] else ""
    check = f", new rows where {value['check']}" if value["check"] else ""
    return f"{manner}{value['command']} by {', '.join(map(str, value['roles']))}{rows}{check}"
