"""The servers that receive and send a domain's mail, and the policies for them: SPF (RFC 7208), DMARC (RFC 7489)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from components.settings.hostname import is_hostname

LONGEST_POLICY = 255
"""Octets in one string of a TXT record (RFC 1035, 3.3)."""
MAXIMUM_LOOKUPS = 10
"""Limit on mechanisms that make a receiver query DNS. With more, it ignores the whole policy (RFC 7208, 4.6.4)."""
LONGEST_LOCAL = 64
"""Octets before the @ of an address (RFC 5321, 4.5.3.1.1)."""
WIDEST_IPV4, WIDEST_IPV6 = 8, 16
"""Prefix lengths of the widest networks ever given to one holder; a wider one would let strangers send."""

NOBODY = "."
"""Takes the place of a mail server: the domain receives no mail (RFC 7505)."""

RESULTS = {"softfail": "~all", "fail": "-all", "neutral": "?all"}
"""SPF result for mail from elsewhere (RFC 7208, 2.6) -> the mechanism that ends a policy with it."""

_ASKING = ("include:", "a:", "mx:", "exists:")
_MACRO = re.compile(r"%\{[slodiptcrvh]\d*r?[.+,/_=-]*\}", re.ASCII)
_LENGTH = r"(0|[1-9]\d{0,2})"
_NETWORK = re.compile(rf"([0-9A-Fa-f:.]+)(?:/{_LENGTH})?", re.ASCII)
_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)
_HOST = re.compile(rf"([^/]+)(?:/{_LENGTH})?(?://{_LENGTH})?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """The servers that receive and send the domain's mail."""

    servers: tuple[str, ...]
    """Most preferred first, or NOBODY alone. If empty, the zone's MX records are left as they are."""
    senders: tuple[str, ...]
    """SPF mechanisms besides the mail servers."""
    others: str
    """How receivers should treat mail from elsewhere, one of RESULTS."""
    dmarc_policy: str
    dmarc_reports: tuple[str, ...]
    """Addresses that receive aggregate reports."""

    @property
    def spf(self) -> str:
        """The SPF policy: the servers that may send, and how to treat mail from elsewhere."""
        ending = RESULTS.get(self.others, RESULTS["softfail"])
        return " ".join(["v=spf1", *(["mx"] if self._receives else []), *self.senders, ending])

    @property
    def dmarc(self) -> str:
        """The DMARC policy."""
        reports = ",".join(f"mailto:{address}" for address in self.dmarc_reports)
        return f"v=DMARC1; p={self.dmarc_policy}" + (f"; rua={reports}" if reports else "")

    @property
    def _receives(self) -> bool:
        return bool(self.servers) and NOBODY not in self.servers

    @property
    def flaw(self) -> str | None:
        """Why receivers would not follow the whole policy; None if they would."""
        lookups = self._receives + sum(sender.lower().startswith(_ASKING) for sender in self.senders)
        if lookups > MAXIMUM_LOOKUPS:
            return f"the SPF policy needs {lookups} look-ups; receivers ignore one that needs over {MAXIMUM_LOOKUPS}"
        if len(self.spf) > LONGEST_POLICY:
            return f"the SPF policy has {len(self.spf)} characters; a TXT record holds {LONGEST_POLICY}"
        return None


def is_mechanism(text: str) -> bool:
    """Return whether `text` is an SPF mechanism with its argument that does not let nearly everybody send."""
    kind, _, argument = text.partition(":")
    match kind.lower():
        case "ip4" | "ip6":
            return _is_network(argument, 4 if kind.lower() == "ip4" else 6)
        case "include" | "exists":
            return _is_domain(argument)
        case "a" | "mx":
            found = _HOST.fullmatch(_MACRO.sub("x", argument))
            return (
                found is not None
                and _is_domain(found[1])
                and WIDEST_IPV4 <= int(found[2] or 32) <= 32
                and WIDEST_IPV6 <= int(found[3] or 128) <= 128
            )
    return False


def is_mailbox(text: str) -> bool:
    """Return whether `text` is an e-mail address that a DMARC policy can hold without escapes."""
    local, _, domain = text.partition("@")
    return bool(_LOCAL.fullmatch(local)) and len(local) <= LONGEST_LOCAL and is_hostname(domain)


def _is_domain(text: str) -> bool:
    """Return whether `text` is like a host name, but may have macros, capitals, underscores and a final dot."""
    name = _MACRO.sub("x", text).lower().removesuffix(".")
    return len(text) <= LONGEST_POLICY and is_hostname(name.replace("_", "x"))


def _is_network(text: str, version: int) -> bool:
    found = _NETWORK.fullmatch(text)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    widest = WIDEST_IPV4 if version == 4 else WIDEST_IPV6
    return found is not None and network.version == version and network.prefixlen >= widest
