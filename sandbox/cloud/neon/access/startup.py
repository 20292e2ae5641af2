"""The first messages of PostgreSQL's protocol: a client's startup message, and its refusal.

Source: PostgreSQL's documentation, chapter "Frontend/Backend Protocol", section "Message Formats".
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

CANCEL, SSL, GSS = 80877102, 80877103, 80877104
"""Codes of the requests that have a special number in place of a protocol version."""
MAX_LENGTH = 10_000
"""The length in bytes of the longest startup message that PostgreSQL accepts."""

_ENDPOINT_OPTIONS = ("endpoint=", "project=")
_POOLED = frozenset(
    {
        "user",
        "database",
        "client_encoding",
        "datestyle",
        "timezone",
        "standard_conforming_strings",
        "application_name",
        "intervalstyle",
        "extra_float_digits",
        "options",
    }
)
"""The parameters that Neon's PgBouncer accepts: those that it tracks for each client, and one that it ignores."""


class StartupError(Exception):
    """The client is refused. `severity` and `code` (SQLSTATE) are those that Neon or PgBouncer sends."""

    def __init__(self, message: str, severity: str = "ERROR", code: str = "XX000") -> None:
        super().__init__(message)
        self.severity = severity
        self.code = code

    def message(self) -> bytes:
        """Return the ErrorResponse."""
        fields = (("S", self.severity), ("V", self.severity), ("C", self.code), ("M", str(self)))
        body = b"".join(key.encode() + value.encode() + b"\0" for key, value in fields) + b"\0"
        return b"E" + struct.pack("!I", len(body) + 4) + body


@dataclass(frozen=True)
class Startup:
    """A startup message: protocol version and parameters."""

    version: int
    parameters: dict[str, str]

    @classmethod
    def parse(cls, version: int, body: bytes) -> Startup:
        """Parse the bytes of the message after the version. Raises StartupError."""
        try:
            words = body.decode().split("\0")
        except UnicodeDecodeError:
            raise StartupError("invalid startup packet", "FATAL", "08P01") from None
        if len(words) < 2 or words[-2:] != ["", ""] or len(words) % 2:
            raise StartupError("invalid startup packet layout", "FATAL", "08P01")
        return cls(version, dict(zip(words[:-2:2], words[1:-2:2], strict=True)))

    def serialize(self) -> bytes:
        """Return the message in the format of the protocol."""
        words = [word for pair in self.parameters.items() for word in pair]
        body = struct.pack("!I", self.version) + "\0".join([*words, "", ""]).encode()
        return struct.pack("!I", len(body) + 4) + body

    @property
    def endpoint(self) -> str | None:
        """The endpoint named by the option `endpoint=`. None also if several are named, as with Neon."""
        named = [word.partition("=")[2] for word in self._options() if word.startswith(_ENDPOINT_OPTIONS)]
        return named[0] if len(named) == 1 else None

    def for_server(self, *, read_only: bool) -> Startup:
        """Return the message without the parts for Neon, and with the endpoint's own settings."""
        words = [word for word in self._options() if not word.startswith(_ENDPOINT_OPTIONS)]
        words += ["-c", "default_transaction_read_only=on"] if read_only else []
        rest = {key: value for key, value in self.parameters.items() if key != "options"}
        return Startup(self.version, rest | ({"options": _quoted(words)} if words else {}))

    def refuse_unpooled(self) -> None:
        """Raise StartupError for parameters that PgBouncer in transaction mode refuses."""
        for name in self.parameters:
            if name.lower() not in _POOLED and not name.startswith("_pq_."):
                raise StartupError(f"unsupported startup parameter: {name}", "FATAL", "08P01")
        for name in self._settings():
            if name.lower() not in _POOLED:
                raise StartupError(f"unsupported startup parameter in options: {name}", "FATAL", "08P01")

    def _options(self) -> list[str]:
        words = re.findall(r"(?:\\.|[^\s\\])+", self.parameters.get("options", ""))
        return [re.sub(r"\\(.)", r"\1", word) for word in words]

    def _settings(self) -> list[str]:
        """Return the names of the settings in the options, in each of the forms `-c a=b`, `-ca=b` and `--a=b`."""
        words = [word for word in self._options() if not word.startswith(_ENDPOINT_OPTIONS)]
        bare = [word.removeprefix("-c").removeprefix("--") for word in words]
        return [word.partition("=")[0].replace("-", "_") for word in bare if word]


def _quoted(words: list[str]) -> str:
    """Return options as one string, escaped as PostgreSQL does: a backslash before a space or a backslash."""
    return " ".join(word.replace("\\", "\\\\").replace(" ", "\\ ") for word in words)
