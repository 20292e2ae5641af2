"""The declared masks: table -> column -> what becomes of it; a table may be emptied as a whole.

The declaration is a closed world. A column that nobody declared may hold anything, so that it stops the masking.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from database.postgres import DatabaseError

PURGE = "purge"
"""Of a table: no row of it stays."""
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
"""Rule, and the expression over `:column`. A word stays equal to its equals, and null stays null."""

Masks = Mapping[str, str | Mapping[str, str]]
"""By `schema.table`."""


class MaskError(DatabaseError):
    """The declaration is malformed, or does not cover what the database holds."""


def load(file: Path) -> Masks:
    """The declaration of `file`. Raises MaskError."""
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
        remedy = f"A column takes one of {', '.join((KEEP, *RULES))}; a table may say {PURGE!r} instead."
        raise MaskError(f"no such mask: {'; '.join(wrong)}", where=str(file), remedy=remedy)
    masks: Masks = found
    return masks


def uncovered(masks: Masks, columns: Mapping[str, list[str]]) -> list[str]:
    """Tables and columns of the database that the masks do not name."""
    found = []
    for table, names in columns.items():
        declared = masks.get(table)
        if declared is None:
            found.append(table)
        elif isinstance(declared, Mapping):
            found += [f"{table}.{name}" for name in names if name not in declared]
    return found
