"""What a page's Content-Security-Policy allows it to load and call: the part of CSP level 3 that concerns a beacon.

    policy = Policies.of(headers, metas)
    policy.blocked("script-src-elem", "https://static.cloudflareinsights.com/beacon.min.js", nonce="")

Each policy must allow a URL by itself. A report-only policy blocks nothing, and is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

HEADER = "content-security-policy"
_FALLBACK = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}
"""Maps a directive to its fallbacks; the first that is present decides."""
_HOST = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?P<port>\d+|\*))?(?P<path>/[^?#]*)?",
    re.IGNORECASE,
)
_PORTS = {"https": 443, "http": 80}

Policy = Mapping[str, tuple[str, ...]]
"""Maps a directive to its sources, as written."""


@dataclass(frozen=True)
class Policies:
    """All policies of one page, served from `origin`."""

    origin: str
    policies: tuple[Policy, ...]

    @classmethod
    def of(cls, url: str, header: str, metas: Iterable[str] = ()) -> Policies:
        """Parse the page's header (several are joined by commas) and its meta elements, for the page's URL."""
        found = urlsplit(url)
        texts = [*header.split(","), *metas]
        return cls(f"{found.scheme}://{found.netloc}", tuple(p for text in texts if (p := _parsed(text))))

    def blocked(self, directive: str, url: str, *, nonce: str = "", inserted: bool = False) -> str:
        """Return the directive that keeps the page from `url`, with its sources; empty if none does.

        `nonce` is the element's; `inserted` means that a script of the page adds the element later.
        """
        for policy in self.policies:
            name = next((each for each in _FALLBACK[directive] if each in policy), None)
            if name is not None and not self._allows(policy[name], url, nonce=nonce, inserted=inserted):
                return " ".join((name, *policy[name]))
        return ""

    def _allows(self, sources: tuple[str, ...], url: str, *, nonce: str, inserted: bool) -> bool:
        words = [each.lower() for each in sources]
        if nonce and f"'nonce-{nonce}'" in sources:
            return True
        if "'strict-dynamic'" in words:
            # Hosts do not count then; whatever a trusted script adds is trusted.
            return inserted
        return any(self._matches(source, urlsplit(url)) for source in words)

    def _matches(self, source: str, url: SplitResult) -> bool:
        if source == "'self'":
            return f"{url.scheme}://{url.netloc}" == self.origin
        if source == "*":
            return url.scheme in _PORTS
        if source.endswith(":"):
            return source[:-1] == url.scheme or (source == "http:" and url.scheme == "https")
        found = _HOST.fullmatch(source)
        return found is not None and self._is_host(found, url)

    def _is_host(self, source: re.Match[str], url: SplitResult) -> bool:
        scheme = source["scheme"] or urlsplit(self.origin).scheme
        if url.scheme != scheme and (scheme, url.scheme) != ("http", "https"):
            return False
        host, pattern = url.hostname or "", source["host"]
        if not (pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))):
            return False
        port = url.port or _PORTS.get(url.scheme)
        if source["port"] not in (None, "*", str(port)) or (source["port"] is None and port != _PORTS.get(url.scheme)):
            return False
        path = source["path"]
        return not path or url.path == path or (path.endswith("/") and url.path.startswith(path))


def _parsed(text: str) -> Policy:
    """Parse a policy. If a directive is repeated, the first one counts."""
    policy: dict[str, tuple[str, ...]] = {}
    for directive in text.split(";"):
        name, *sources = directive.split() or [""]
        if name:
            policy.setdefault(name.lower(), tuple(sources))
    return policy
