"""The last gate before anything is written: no known credential passes, and nothing that looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from contract.twin import SECRET

_SHORTEST = 8
"""Minimum length of a known credential; a shorter text is too common to search for."""
_LOOKS = (
    re.compile(r"(?<=://)[^\s:/@'\"]+:(?!\$\{)[^\s@/'\"]+(?=@)"),  # user and password of a URL
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
    re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),  # a JOSE token
    re.compile(r"\bnpg_[A-Za-z0-9]{12,}"),
    re.compile(r"\bnapi_[A-Za-z0-9]{20,}"),
    re.compile(r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}"),
    re.compile(r"\bAKIA[A-Z0-9]{16}\b"),
    re.compile(r"\bxox[abpr]-[A-Za-z0-9-]{10,}"),
    re.compile(r"\bvcp?_[A-Za-z0-9]{20,}"),
)


def cleaned(files: dict[str, str], known: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the texts without credentials, and a note for each file that contained one."""
    texts = sorted({each for each in known if len(each) >= _SHORTEST}, key=len, reverse=True)
    found, notes = {}, []
    for path, text in files.items():
        clean = text
        for each in texts:
            clean = clean.replace(each, SECRET)
        for look in _LOOKS:
            clean = look.sub(SECRET, clean)
        found[path] = clean
        if clean != text:
            notes.append(f"{path} contained what looks like a credential; the mark {SECRET} replaces it.")
    return found, notes
