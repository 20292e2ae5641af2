"""Checks that each provider will find its credential, before any provider starts.

The credentials themselves stay out of the program: the providers take them from encrypted configuration or from the
environment. Those in the environment never reach the state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from components.settings.reader import Configuration


@dataclass(frozen=True)
class Credential:
    """The places where a provider looks for its credential, and the format that it accepts."""

    key: str
    variable: str
    pattern: str
    """A regular expression searched for anywhere in the value, as the providers do; not a full match."""
    meaning: str


CREDENTIALS = (
    Credential(
        "cloudflare:apiToken", "CLOUDFLARE_API_TOKEN", r"\A[0-9A-Za-z_-]{40,80}\Z", "40 to 80 letters, digits, - or _"
    ),
    Credential(
        "vercel:apiToken",
        "VERCEL_API_TOKEN",
        r"\A(?=.*[0-9A-Za-z]{24})[0-9A-Za-z_-]+\Z",
        "at least 24 letters and digits",
    ),
    Credential("neon:apiKey", "NEON_API_KEY", r"\A[0-9A-Za-z_-]{16,}\Z", "at least 16 letters, digits, - or _"),
)


def check_credentials(configuration: Configuration, environment: Mapping[str, str]) -> None:
    """Note every credential that is missing, malformed or stored in plain text."""
    mistakes = configuration.mistakes
    for credential in CREDENTIALS:
        stored = configuration.values.get(credential.key)
        value = stored or environment.get(credential.variable)
        either = f"Set {credential.variable}, or: pulumi config set --secret {credential.key}"
        if not value:
            mistakes.add(credential.key, f"neither it nor {credential.variable} is set", either)
        elif not re.search(credential.pattern, value):
            source = credential.key if stored else credential.variable
            mistakes.add(source, f"is malformed: {credential.meaning} expected", either)
        if stored and credential.key not in configuration.secrets:
            remedy = f"Revoke that credential, then: pulumi config set --secret {credential.key}"
            mistakes.add(credential.key, "is stored in plain text", remedy)
