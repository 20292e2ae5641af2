"""The published JSON Schemas of contract/schemas, and how a document violates one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

_LONGEST = 200
"""Maximum length in characters of one complaint: a value in a document may be a whole text."""


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema `contract/schemas/NAME.json`."""
    found: dict[str, Any] = json.loads((resources.files("contract") / "schemas" / f"{name}.json").read_text("utf-8"))
    return found


def complaints(document: object, name: str) -> Iterator[str]:
    """Yield violations of the schema `name`, in the order of the document: `PLACE: what is wrong`."""
    # Imported here: the import takes longer than any verb that reads no such file.
    from jsonschema import Draft202012Validator, FormatChecker

    validator = Draft202012Validator(schema(name), format_checker=FormatChecker())
    for error in sorted(validator.iter_errors(document), key=lambda each: [str(part) for part in each.absolute_path]):
        place = error.json_path.removeprefix("$").lstrip(".") or "the document"
        text = error.message
        yield f"{place}: {text if len(text) <= _LONGEST else f'{text[: _LONGEST - 1]}…'}"
