"""Values of a resource's properties, as in the engine's events: looked up by path, compared, shown.

An event never contains a secret in clear: a mapping with one known key stands for it, so two secrets look alike. A
value that is known only after the update is one of seven fixed texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 -- the key by which the engine marks a secret value
_UNKNOWN = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # text
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # truth
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    }
)
"""Source: pulumi/sdk/go/common/resource/plugin/rpc.go."""
SECRET = "[secret]"  # noqa: S105 -- a placeholder
UNKNOWN = "known after the update"
ABSENT = "–"  # noqa: RUF001 -- a dash
_LONGEST = 240
"""Characters shown of one value."""
_CONTEXT = 24
"""Characters shown before the place where two long values begin to differ."""
_STEP = re.compile(r"""\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)""")
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s/@]+@")
"""A password in a URL that no provider has declared secret."""


class Missing:
    """Stands for a missing value, as opposed to null."""


MISSING = Missing()


def steps(path: str) -> list[str | int]:
    """Return the keys and indices of a path such as `bindings[0].text` or `files["0001.sql"]`."""
    found: list[str | int] = []
    for quoted, index, name in _STEP.findall(path):
        found.append(int(index) if index else name or re.sub(r"\\(.)", r"\1", quoted))
    return found


def at(values: Any, path: str) -> Any:  # noqa: ANN401 -- as JSON has it
    """Return the value at the path, or MISSING. A secret on the way is returned whole: its contents are hidden."""
    for step in steps(path):
        if is_secret(values):
            return values
        inside = step in values if isinstance(values, Mapping) else _is_index(step, values)
        if not inside:
            return MISSING
        values = values[step]
    return values


def _is_index(step: str | int, values: object) -> bool:
    return isinstance(values, list) and isinstance(step, int) and step < len(values)


def is_secret(value: object) -> bool:
    """Return whether the value itself is hidden."""
    return isinstance(value, Mapping) and _SECRET in value


def holds_secret(value: object) -> bool:
    """Return whether the value or a part of it is hidden."""
    if isinstance(value, Mapping):
        return _SECRET in value or any(map(holds_secret, value.values()))
    return isinstance(value, list) and any(map(holds_secret, value))


def masked(value: object) -> object:
    """Return the value for people and for digests, with words in place of the engine's marks."""
    if isinstance(value, Mapping):
        return SECRET if _SECRET in value else {key: masked(part) for key, part in value.items() if key[:2] != "__"}
    if isinstance(value, list):
        return [masked(part) for part in value]
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN else without_password(value)
    return value


def without_password(text: str) -> str:
    """Return the text with the passwords of its URLs hidden."""
    return _PASSWORD.sub(rf"\1{SECRET}@", text)


def text_of(value: object) -> str:
    """Return a value on one line."""
    if isinstance(value, Missing):
        return ABSENT
    value = masked(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def shown(before: object, after: object) -> tuple[str, str]:
    """Return both values, each on one line; if both are long texts, only the place where they begin to differ."""
    one, other = masked(before), masked(after)
    if not (isinstance(one, str) and isinstance(other, str)) or max(len(one), len(other)) <= _LONGEST:
        return text_of(before), text_of(after)
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return _around(one, start), _around(other, start)


def _around(text: str, start: int) -> str:
    begin = max(0, start - _CONTEXT)
    part = text[begin : begin + _LONGEST]
    more = "…" if begin + _LONGEST < len(text) else ""
    return f"{'…' if begin else ''}{part}{more} ({len(text):,} characters)"


def differing(before: object, after: object, path: str = "") -> Iterator[str]:
    """Yield the paths of the smallest parts that differ, in the order of the later value."""
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not is_secret(before) and not is_secret(after):
        for key in [*after, *(key for key in before if key not in after)]:
            if not key.startswith("__"):
                yield from differing(before.get(key, MISSING), after.get(key, MISSING), _joined(path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differing(one, other, f"{path}[{index}]")
    elif before != after:
        yield path


def _joined(path: str, key: str) -> str:
    if re.fullmatch(r"[\w-]+", key):
        return f"{path}.{key}" if path else key
    return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
