"""Make text from outside harmless: a response of DNS or a database may contain terminal control sequences."""

from __future__ import annotations

import unicodedata

_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the displayed order of the following text (Unicode Technical Report 36)."""


def printable(text: str) -> str:
    """Return the text with control characters and direction changes escaped. Line breaks stay; tabs become spaces."""
    return "".join(_shown(each) for each in text.replace("\r\n", "\n").expandtabs(4))


def one_line(text: str) -> str:
    """Return the printable text with spaces for its line breaks."""
    return " ".join(printable(text).split())


def shortened(text: str, longest: int) -> str:
    """Return the text, or its beginning and `…`, in at most `longest` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _shown(character: str) -> str:
    if character == "\n" or not (character in _DIRECTIONS or unicodedata.category(character) in _CONTROLS):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
