"""The declared masks: table -> column -> rule; a table may also be emptied as a whole.

The declaration must be complete. An undeclared column may hold anything, so it stops the masking.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from database.postgres import DatabaseError

PURGE = "purge"
"""For a table: remove all of its rows."""
KEEP = "keep"
_DIGEST = (
    "'masked-' || left(encode(sha256(convert_to((select salt from pg_temp.launch_salt) || :column::text, 'UTF8')),"
    " 'hex'), 16)"
)
RULES: Mapping[str, str] = {
    "word": _DIGEST,
    "email": _DIGEST + " || '@example.invalid'",
    "null": "null",
    "object": "'{}'",
    "list": "'[]'",
}
"""Rule -> expression over `:column`. Equal words stay equal, and null stays null."""

Masks = Mapping[str, str | Mapping[str, str]]
"""Rules by `schema.table`."""


class MaskError(DatabaseError):
    """The declaration is malformed, or does not cover every table and column of the database."""


def load(file: Path) -> Masks:
    """Return the declaration in `file`. Raises MaskError."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MaskError(f"the masks cannot be read ({error})", where=str(file), remedy="Restore the file.") from None
    wrong = [] if isinstance(found, dict) else ["it is not an object"]
    for table, columns in found.items() if isinstance(found, dict) else ():
        if isinstance(columns, dict):
            known = {KEEP, *RULES}
            wrong += [f"{table}.{name}: {rule!r}" for name, rule in columns.items() if rule not in known]
        elif columns != PURGE:
            wrong.append(f"{table}: {columns!r}")
    if wrong:
        remedy = f"A column takes one of {', '.join((KEEP, *RULES))}; a whole table takes {PURGE!r}."
        raise MaskError(f"no such mask: {'; '.join(wrong)}", where=str(file), remedy=remedy)
    masks: Masks = found
    return masks


def uncovered(masks: Masks, columns: Mapping[str, list[str]]) -> list[str]:
    """Return the database's tables and columns that the masks do not name."""
    found = []
    for table, names in columns.items():
        declared = masks.get(table)
        if declared is None:
            found.append(table)
        elif isinstance(declared, Mapping):
            found += [f"{table}.{name}" for name in names if name not in declared]
    return found
