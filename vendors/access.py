"""The address and the credential of each vendor's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

CLOUDFLARE_URL = "https://api.cloudflare.com/client/v4"
VERCEL_URL = "https://api.vercel.com"
NEON_URL = "https://console.neon.tech/api/v2"


@dataclass(frozen=True, kw_only=True)
class Access:
    """Addresses and credentials of the three vendors."""

    cloudflare_url: str = CLOUDFLARE_URL
    cloudflare_token: str = field(repr=False)
    vercel_url: str = VERCEL_URL
    vercel_token: str = field(repr=False)
    vercel_team: str
    """Slug or id."""
    neon_url: str = NEON_URL
    neon_key: str = field(repr=False)

    def __post_init__(self) -> None:
        for url in (self.cloudflare_url, self.vercel_url, self.neon_url):
            if not (url.startswith("https://") or is_loopback(url)):
                raise ValueError(f"{url} is neither https nor on this machine: it would get credentials in clear text")

    @classmethod
    def of(cls, values: Mapping[str, str], environment: Mapping[str, str]) -> Access:
        """From a stack's configuration by full key, with secrets in clear text, and the environment.

        A value that the configuration leaves out comes from the environment, as it does for the providers:
        CLOUDFLARE_API_TOKEN, CLOUDFLARE_BASE_URL, VERCEL_API_TOKEN, NEON_API_KEY; also LAUNCH_VERCEL_URL and
        LAUNCH_NEON_URL, which a sandbox sets. Raises ValueError for an address to which a credential would be sent in
        clear text.
        """

        def either(key: str, variable: str, default: str = "") -> str:
            return values.get(key) or environment.get(variable) or default

        return cls(
            cloudflare_url=either("cloudflare:baseUrl", "CLOUDFLARE_BASE_URL", CLOUDFLARE_URL).rstrip("/"),
            cloudflare_token=either("cloudflare:apiToken", "CLOUDFLARE_API_TOKEN"),
            vercel_url=environment.get("LAUNCH_VERCEL_URL") or VERCEL_URL,
            vercel_token=either("vercel:apiToken", "VERCEL_API_TOKEN"),
            vercel_team=values.get("vercel:team", ""),
            neon_url=environment.get("LAUNCH_NEON_URL") or NEON_URL,
            neon_key=either("neon:apiKey", "NEON_API_KEY"),
        )


def is_loopback(url: str) -> bool:
    """Whether the URL is on this machine, which needs neither proxy nor encryption."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
