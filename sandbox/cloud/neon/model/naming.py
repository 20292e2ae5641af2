"""Identifiers and generated values in Neon's formats."""

from __future__ import annotations

import secrets
import string
import uuid

_ADJECTIVES = ("autumn", "bitter", "broad", "calm", "cold", "dawn", "dry", "green", "long", "patient", "quiet", "still")
_NOUNS = ("bird", "brook", "cloud", "field", "forest", "glade", "lake", "meadow", "river", "sea", "smoke", "wind")
_SUFFIX = string.ascii_lowercase + string.digits

POOLER = "-pooler"
"""The suffix of the first label of a pooled host."""


def project_id() -> str:
    """Return an id such as `quiet-meadow-12345678`."""
    return f"{_words()}-{_random(string.digits, 8)}"


def branch_id() -> str:
    """Return an id such as `br-quiet-meadow-a1b2c3d4`."""
    return f"br-{_words()}-{_random(_SUFFIX, 8)}"


def endpoint_id() -> str:
    """Return an id such as `ep-quiet-meadow-a1b2c3d4`."""
    return f"ep-{_words()}-{_random(_SUFFIX, 8)}"


def snapshot_id() -> str:
    """Return an id such as `snap-quiet-meadow-a1b2c3d4`."""
    return f"snap-{_words()}-{_random(_SUFFIX, 8)}"


def timeline(branch_id: str) -> str:
    """Return a name on disk for another timeline of a branch."""
    return f"{branch_id}-{_random(_SUFFIX, 8)}"


def password() -> str:
    """Return a role's password: `npg_` and twelve letters and digits."""
    return f"npg_{_random(string.ascii_letters + string.digits, 12)}"


def request_id() -> str:
    """Return the id of an error response."""
    return str(uuid.uuid4())


def proxy_host(region_id: str) -> str:
    """Return the domain of a region's endpoints: `aws-eu-central-1` -> `eu-central-1.aws.neon.tech`."""
    platform, _, region = region_id.partition("-")
    return f"{region}.{platform}.neon.tech"


def pooled(host: str) -> str:
    """Return the pooled name of an endpoint's host."""
    label, _, domain = host.partition(".")
    return f"{label}{POOLER}.{domain}"


def _words() -> str:
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_NOUNS)}"


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
