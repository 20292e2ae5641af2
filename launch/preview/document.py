"""A preview as a file: saved by the run that made it, loaded by the run that shows or deploys it.

The reader must not trust the file: every field has its type, and a mismatch is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from contract.problem import Problem
from launch.preview.preview import Preview

SCHEMA = 1
_REMEDY = "Make it with `launch preview --save FILE`."
_LARGEST = 20_000_000
"""Bytes; a preview of a hundred resources takes about a tenth of a million."""


class DocumentError(Problem):
    """A file contains no preview."""

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(what, where=str(path), remedy=_REMEDY)


def document(preview: Preview) -> dict[str, Any]:
    """Return the preview as JSON; the inputs of resources are left out, their digests stay."""
    changes = tuple(replace(each, before={}, after={}) for each in preview.changes.changes)
    return {"schema": SCHEMA, **asdict(replace(preview, changes=replace(preview.changes, changes=changes)))}


def save(preview: Preview, path: Path) -> None:
    """Write the file. Raises Problem."""
    try:
        path.write_text(json.dumps(document(preview), indent=1, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        what = f"the preview cannot be written ({error.strerror})"
        raise Problem(what, where=str(path), remedy="Name another file.") from None


def load(path: Path) -> Preview:
    """Load a preview from a file. Raises DocumentError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise DocumentError(f"this is not a preview: it is larger than {_LARGEST:,} bytes", path)
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DocumentError(f"the preview cannot be read ({error.strerror})", path) from None
    except (ValueError, RecursionError):
        raise DocumentError("this is not a preview: it is not JSON in UTF-8", path) from None
    if not isinstance(found, dict) or found.pop("schema", None) != SCHEMA:
        raise DocumentError(f"this is not a preview of schema {SCHEMA}", path)
    try:
        preview: Preview = decoded(Preview, found)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"this is not a preview: {error}", path) from None
    return preview


def decoded(kind: Any, value: Any, place: str = "") -> Any:  # noqa: ANN401 -- any type, any JSON
    """Return the value as an instance of the given type. Raises ValueError naming the place that does not fit."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _object(kind, value, place)
    if origin in (Union, UnionType):
        if value is None and NoneType in arguments:
            return None
        return decoded(next(each for each in arguments if each is not NoneType), value, place)
    if origin is tuple and isinstance(value, list):
        return tuple(decoded(arguments[0], each, f"{place}[{at}]") for at, each in enumerate(value))
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, dict):
        return {key: decoded(arguments[1], each, f"{place}.{key}") for key, each in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, str):
        try:
            return kind(value)
        except ValueError:
            raise ValueError(f"{place.lstrip('.')} is no {kind.__name__}") from None
    if kind is Any or (isinstance(kind, type) and type(value) is kind):
        return value
    raise ValueError(f"{place.lstrip('.') or 'the document'} has the wrong type")


def _object(kind: Any, value: Any, place: str) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        raise ValueError(f"{place.lstrip('.') or 'the document'} is not an object")
    known = {each.name: each for each in fields(kind)}
    if unknown := sorted(value.keys() - known.keys()):
        raise ValueError(f"{place}.{unknown[0]}".lstrip(".") + " is not known")
    hints = _hints(kind)
    given = {}
    for name, each in known.items():
        if name in value:
            given[name] = decoded(hints[name], value[name], f"{place}.{name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise ValueError(f"{place}.{name}".lstrip(".") + " is missing")
    return kind(**given)


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401
    return get_type_hints(kind)
