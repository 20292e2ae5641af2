"""Host names, compared label by label: `evilprductr.com` ends with `prductr.com` but is not in that zone."""

from __future__ import annotations

import re

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def is_hostname(text: str) -> bool:
    """Return whether `text` is a full host name in lower case with at least two labels, without a trailing dot.

    An IP address is not one: no top-level domain consists of digits (RFC 3696, 2).
    """
    labels = text.split(".")
    if len(text) > 253 or len(labels) < 2 or labels[-1].isdecimal():
        return False
    return all(_LABEL.fullmatch(label) for label in labels)


def to_ascii(text: str) -> str | None:
    """Return the ASCII form (RFC 5890) of an international host name; None if `text` is not one, or already ASCII."""
    if text.isascii():
        return None
    try:
        found = text.lower().encode("idna").decode()
    except UnicodeError:
        return None
    return found if is_hostname(found) else None


def in_zone(host: str, zone: str) -> bool:
    """Return whether `host` is the zone itself or a name below it."""
    labels, apex = host.split("."), zone.split(".")
    return labels[-len(apex) :] == apex


def is_first_level(host: str, zone: str) -> bool:
    """Return whether `host` is one label below the zone. Cloudflare's universal certificate covers nothing deeper."""
    return in_zone(host, zone) and len(host.split(".")) == len(zone.split(".")) + 1
