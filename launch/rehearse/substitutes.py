"""Replace the secrets of a state, each by another of the same shape, wherever it appears.

A value that only looks secret because it is passed on inside a secret (a flag, a public URL in a site's environment)
stays as it is, so that a program that computes it again finds it unchanged. Only values without another source are
secrets: encrypted values of the configuration, and values that a provider created and marked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

_MARK = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks a value of a special kind."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 -- the mark's value for a secret
_SHORTEST = 8
"""Minimum length in characters; nobody creates a shorter secret."""
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_HEX = frozenset("0123456789abcdef")

State = dict[str, Any]


@dataclass
class Substitutes:
    """Maps secrets to substitutes. Two instances with the same key agree; nobody can reverse it without the key."""

    known: dict[str, str] = field(default_factory=dict, repr=False)
    """Maps each secret to its substitute."""
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @classmethod
    def of(cls, state: State, configured: Mapping[str, str], chosen: Mapping[str, str]) -> Substitutes:
        """Create it for an exported state in clear, secret settings `configured`, and given substitutes `chosen`."""
        found = cls(dict(chosen))
        for value in (*configured.values(), *_made(state)):
            found.add(value)
        return found

    def add(self, value: str) -> str:
        """Return the substitute of a secret, or of the password in a URL."""
        if password := _password(value):
            value = password
        if len(value) < _SHORTEST:
            return value
        return self.known.setdefault(value, self._same_shape(value))

    def text(self, text: str) -> str:
        """Return the text with every secret replaced, the longest first, and also values derived from a secret."""
        for secret in sorted(self.known, key=len, reverse=True):
            for form in _FORMS:
                text = text.replace(form(secret), form(self.known[secret]))
        return text

    def state(self, state: State) -> State:
        """Return the state with every secret replaced, including secrets in texts that are JSON."""
        found: State = _mapped(state, self.text)
        return found

    def _same_shape(self, value: str) -> str:
        stream = _digits(self._key, value)
        if set(value) <= _HEX:
            return "".join("0123456789abcdef"[next(stream) % 16] for _ in value)
        chosen = []
        for character in value:
            kind = next((each for each in _CLASSES if character in each), "")
            chosen.append(kind[next(stream) % len(kind)] if kind else character)
        return "".join(chosen)


def plaintexts(state: State) -> Iterator[Any]:
    """Yield every secret value of a state in clear."""
    yield from (json.loads(each["plaintext"]) for each in _marked(state))


def urls(state: State) -> Iterator[str]:
    """Yield every URL of a database in a state in clear, with its password."""
    for value in plaintexts(state):
        for text in _texts(value):
            if text.startswith(("postgresql://", "postgres://")) and _password(text):
                yield text


def _made(state: State) -> Iterator[str]:
    """Yield the values that a provider created: secret outputs that are in no input of the resource."""
    for resource in state.get("resources") or ():
        if not resource.get("custom"):
            continue
        given = {text for value in _clear(resource.get("inputs") or {}) for text in _texts(value)}
        for each in _marked(resource.get("outputs") or {}):
            for text in _texts(json.loads(each["plaintext"])):
                if text not in given and (_password(text) or "://" not in text):
                    yield text


def _clear(value: Any) -> Iterator[Any]:  # noqa: ANN401 -- JSON
    yield value
    yield from (json.loads(each["plaintext"]) for each in _marked(value))


def _marked(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        if value.get(_MARK) == _SECRET and "plaintext" in value:
            yield value
        else:
            for part in value.values():
                yield from _marked(part)
    elif isinstance(value, list):
        for part in value:
            yield from _marked(part)


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 -- JSON
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(part, change) for key, part in value.items()}
    return [_mapped(part, change) for part in value] if isinstance(value, list) else value


def _password(text: str) -> str:
    """Return the password in a URL, or "" for any other text."""
    try:
        return unquote(urlsplit(text).password or "") if "://" in text else ""
    except ValueError:
        return ""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _key(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_FORMS: tuple[Callable[[str], str], ...] = (str, _base64, _key, _digest)
"""Forms that a program derives from a secret."""


def _digits(key: bytes, text: str) -> Iterator[int]:
    count = 0
    while True:
        block = hmac.digest(key, f"{count}:{text}".encode(), hashlib.sha256)
        yield from block
        count += 1
