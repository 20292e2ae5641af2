"""The names that a module exports, found in its text: the API runs an upload to find out, the sandbox parses it."""

from __future__ import annotations

import re

_DECLARED = re.compile(r"\bexport\s+(?:async\s+)?(?:class|function\s*\*?|const|let|var)\s+([\w$]+)")
_CLAUSE = re.compile(r"\bexport\s*\{([^}]*)\}")
_DEFAULT = re.compile(r"\bexport\s+default\b")
_EVERYTHING = re.compile(r"\bexport\s*\*")
_RENAMED = re.compile(r"(?:[\w$]+\s+as\s+)?([\w$]+)")


def exports(text: str, name: str) -> bool:
    """Return whether the module exports `name`. Also True if it re-exports all of another module, which is not read.

    Text in comments and strings counts too: a false match only lets through an upload that the runtime refuses later.
    """
    if _EVERYTHING.search(text) or (name == "default" and _DEFAULT.search(text)):
        return True
    if name in _DECLARED.findall(text):
        return True
    parts = (part.strip() for clause in _CLAUSE.findall(text) for part in clause.split(","))
    return any(found[1] == name for part in parts if (found := _RENAMED.fullmatch(part)))
