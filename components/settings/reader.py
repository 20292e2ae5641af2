"""Reads plain configuration values, and notes every mistake instead of stopping at the first."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from components.settings.hostname import is_first_level, is_hostname, to_ascii
from components.settings.problems import Mistakes

NAMESPACE = "prductr"
"""Namespace of this project's keys: the project's name."""

PROVIDER_KEYS = {
    "cloudflare": ("apiToken", "baseUrl"),
    "vercel": ("apiToken", "team"),
    "neon": ("apiKey",),
}
"""The keys of the providers' namespaces that this stack uses."""

_URL = re.compile(r"(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", re.ASCII)
"""The characters of RFC 3986, 2: `urlsplit` silently drops line breaks, and spaces around a URL."""

_MAY_BE_CREDENTIAL = re.compile(r"[0-9A-Za-z_-]{16}")
"""As long as the shortest credential that a provider accepts."""


@dataclass
class Configuration:
    """The values of one stack, as text, and the mistakes found in them."""

    values: Mapping[str, str]
    """Values by full key, such as prductr:domain."""
    secrets: Collection[str] = ()
    """Full keys of the encrypted values."""
    mistakes: Mistakes = field(default_factory=Mistakes)
    _read: set[str] = field(default_factory=set)

    def text(self, key: str, pattern: str, meaning: str) -> str:
        """Return a value that matches `pattern` entirely."""
        value = self._value(key)
        if value is not None and not re.fullmatch(pattern, value, re.ASCII):
            self.wrong(key, f"{self.shown(key, value)} is not {meaning}")
        return value or ""

    def choice(self, key: str, options: Collection[str]) -> str:
        """Return one of `options`."""
        value = self._value(key)
        if value is not None and value not in options:
            self.wrong(key, f"{self.shown(key, value)} is none of {', '.join(options)}")
        return value or ""

    def host(self, key: str, zone: str | None = None) -> str:
        """Return a host name; one label below `zone` if that is given and itself valid."""
        value = self._value(key)
        if value is None:
            return ""
        if not is_hostname(value):
            meaning = "a host name (lower case, no scheme, no path, no trailing dot)"
            hint = f"; its ASCII form is {ascii_form}" if (ascii_form := to_ascii(value)) else ""
            self.wrong(key, f"{self.shown(key, value)} is not {meaning}{hint}")
        elif zone and is_hostname(zone) and not is_first_level(value, zone):
            reason = f"is not one label below {zone}, so the zone's certificate does not cover it"
            self.wrong(key, f"{self.shown(key, value)} {reason}")
        return value

    def url(self, key: str, *, optional: bool = False) -> str:
        """Return an https URL without credentials, query, fragment and trailing slash. Empty if it is wrong."""
        value = self._value(key)
        if value is None or (optional and not value):
            return ""
        try:
            parts = urlsplit(value)
            usable = _URL.fullmatch(value) and parts.port != 0 and is_hostname(parts.hostname or "")
        except ValueError:
            usable = False
        if not usable or parts.scheme != "https" or parts.netloc.endswith(":"):
            self.wrong(key, "is not an https URL")
        elif parts.username is not None or "?" in value or "#" in value:
            self.wrong(key, "has credentials, a query or a fragment, which a base URL must not have")
        else:
            return value.rstrip("/")
        return ""

    def secret(self, key: str, accepts: Callable[[str], bool], meaning: str) -> str:
        """Return an encrypted value, or "" if there is none. No error repeats it."""
        value = self._value(key)
        if not value:
            return ""
        full = f"{NAMESPACE}:{key}"
        if full not in self.secrets:
            remedy = f"Remove it from the file and its history, then: pulumi config set --secret {key}"
            self.mistakes.add(full, "is stored in plain text", remedy)
        elif not accepts(value):
            self.mistakes.add(full, f"is not {meaning}", f"pulumi config set --secret {key}")
        return value

    def integer(self, key: str, minimum: int, maximum: int, unit: str) -> int:
        """Return a whole number within bounds."""
        value = self._value(key)
        if value is None:
            return minimum
        if not re.fullmatch(r"-?(?:0|[1-9]\d{0,8})", value, re.ASCII):
            self.wrong(key, f"{self.shown(key, value)} is not a whole number of {unit}")
        elif not minimum <= int(value) <= maximum:
            self.wrong(key, f"{self.shown(key, value)} is not within {minimum} to {maximum} {unit}")
        else:
            return int(value)
        return minimum

    def size(self, key: str, sizes: Sequence[float], unit: str) -> float:
        """Return one of `sizes`, a number."""
        value = self._value(key)
        if value is None:
            return sizes[0]
        if value in [f"{size:g}" for size in sizes]:
            return float(value)
        known = f"{', '.join(f'{size:g}' for size in sizes[:-1])} or {sizes[-1]:g}"
        self.wrong(key, f"{self.shown(key, value)} is not a number of {unit}: {known}")
        return sizes[0]

    def flag(self, key: str) -> bool:
        """Return a boolean, spelled as Pulumi writes it."""
        value = self._value(key)
        if value not in (None, "true", "false"):
            self.wrong(key, f"{self.shown(key, value or '')} is neither true nor false")
        return value == "true"

    def words(self, key: str, accepts: Callable[[str], bool], meaning: str) -> tuple[str, ...]:
        """Return a list of distinct words, each of which `accepts` approves."""
        value = self._value(key)
        try:
            words = json.loads(value or "[]")
        except json.JSONDecodeError:
            words = None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            self.wrong(key, f"{self.shown(key, value or '')} is not a list of strings", "[0]")
            return ()
        for index, word in enumerate(words):
            if not accepts(word):
                self.wrong(key, f"{self.shown(key, word)} is not {meaning}", f"[{index}]")
            elif word.lower() in [each.lower() for each in words[:index]]:
                self.wrong(key, f"{self.shown(key, word)} appears twice", f"[{index}]")
        return tuple(words)

    def shown(self, key: str, value: str) -> str:
        """Return `value` as an error may show it: no encrypted value and no possible credential."""
        secret = key in self.secrets or f"{NAMESPACE}:{key}" in self.secrets
        return "the value" if secret or _MAY_BE_CREDENTIAL.search(value) else repr(value)

    def wrong(self, key: str, what: str, path: str = "") -> None:
        """Note that the value of this project's key `key` is wrong, at `path` within it."""
        command = f"pulumi config set --path '{key}{path}' VALUE" if path else f"pulumi config set {key} VALUE"
        self.mistakes.add(f"{NAMESPACE}:{key}", what, command)

    def refuse_unknown(self) -> None:
        """Note every unused key of this project's namespace, and every unknown key of the providers'."""
        for full in self.values:
            namespace, _, key = full.partition(":")
            known: Collection[str] = self._read if namespace == NAMESPACE else PROVIDER_KEYS.get(namespace, (key,))
            if key in known:
                continue
            near = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {namespace}:{near[0]}? " if near else ""
            self.mistakes.add(full, "no such key", f"{hint}Remove it with: pulumi config rm {full}")

    def _value(self, key: str) -> str | None:
        self._read.add(key)
        value = self.values.get(f"{NAMESPACE}:{key}")
        if value is None:
            self.wrong(key, "is required and not set")
        return value
