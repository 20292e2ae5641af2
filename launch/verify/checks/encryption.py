"""TLS: a certificate that stays valid for a while, no plain HTTP, and no broken version."""

from __future__ import annotations

import ssl
import time
from urllib.parse import urlsplit

from launch.report import RUN, FailedError
from launch.verify.visitor import Internet, shown

_DAYS = 14
"""Both vendors renew weeks ahead, so a certificate with less time left was not renewed."""
_DAY_SECONDS = 86400


async def has_certificate(internet: Internet, host: str) -> str:
    """Check that the host presents a certificate that is trusted, names the host, and does not expire soon."""
    certificate = await internet.certificate(host)
    left = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // _DAY_SECONDS)
    if left < _DAYS:
        remedy = "Look in the vendor's dashboard for why it was not renewed."
        raise FailedError(f"the certificate of {host} expires in {left} days", remedy)
    issuer = {key: value for part in certificate["issuer"] for key, value in part}
    return f"valid for {left} days, by {issuer.get('organizationName') or issuer.get('commonName', 'unknown')}"


async def refuses_old_versions(internet: Internet, host: str) -> str:
    """Check that the host refuses TLS 1.1 and accepts a newer version."""
    await internet.certificate(host)
    if await internet.accepts_old_tls(host):
        raise FailedError(f"{host} accepts TLS 1.1", f"{RUN}: the zone's minimum TLS version was changed.")
    return "TLS 1.1 and older are refused"


async def leaves_http(internet: Internet, host: str) -> str:
    """Check that a plain HTTP request gets a permanent redirect to HTTPS."""
    response = await internet.get(f"http://{host}/")
    if response.status not in (301, 308) or urlsplit(response.location or "").scheme != "https":
        remedy = f"{RUN}: the zone's setting `always_use_https` was changed."
        if "x-vercel-id" in response.headers:
            remedy = f"{RUN}: Vercel redirects each domain of a project, and this domain is attached to none."
        raise FailedError(f"plain http is not redirected to https: {shown([response])}", remedy)
    return f"{response.status} to https"
