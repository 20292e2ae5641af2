"""Vercel's edge: the project and deployment that serve a host, only over TLS."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from sandbox.edge.dns import addresses_of, proxied_records
from sandbox.edge.hosts import applications
from sandbox.edge.model import VERCEL_SUFFIX, Network, Request, Response, Snapshot, addresses, page, redirect, text

_REGION = "iad1"


class Vercel:
    """The server at Vercel's addresses."""

    def __init__(self, snapshot: Callable[[], Snapshot], connect: applications.Connect) -> None:
        self._snapshot = snapshot
        self._connect = connect

    def presents_certificate(self, host: str) -> bool:
        """Return whether Vercel has a certificate for the host, valid or not, so that TLS handshakes succeed."""
        if host.endswith(VERCEL_SUFFIX):
            return True
        snapshot = self._snapshot()
        return host in snapshot.domains and _leads_here(snapshot, host)

    def certificate_is_valid(self, host: str) -> bool:
        """Return whether the host's certificate is valid."""
        domain = self._snapshot().domains.get(host)
        return domain is None or domain.certificate_valid

    async def answer(self, request: Request) -> Response:
        """Return Vercel's response."""
        identifier = f"{_REGION}::{secrets.token_hex(3)[:5]}-{time.time_ns() // 1_000_000}-{secrets.token_hex(6)}"
        response = await self._answer(request, identifier)
        return response.with_headers(("server", "Vercel"), ("x-vercel-id", identifier))

    async def _answer(self, request: Request, identifier: str) -> Response:
        domain = self._snapshot().domains.get(request.host)
        if domain is None:
            return _not_found(identifier)
        if request.scheme == "http":
            location = request.over("https").url
            return redirect(308, location, ("refresh", f"0;url={location}"))
        if domain.redirect:
            return redirect(domain.redirect_status, f"https://{domain.redirect}{request.target}")
        if domain.protected:
            return page(401, "Authentication Required", "<h1>Authentication Required</h1>")
        if domain.serves is None:
            return _not_found(identifier)
        regions = domain.serves.regions
        if applications.runs_functions(domain.project) and regions and regions <= self._snapshot().outages:
            return _out(identifier)
        application = applications.of(domain.project)
        return await application(request, domain.serves.environment, self._connect)


def _leads_here(snapshot: Snapshot, host: str) -> bool:
    """Return whether the certificate's challenge reaches Vercel: through DNS, or through a proxy in front of it."""
    zone = snapshot.zone_of(host)
    behind = (zone and proxied_records(zone, host)) or ()
    found = [record.content for record in behind if record.type in ("A", "AAAA")]
    for record in behind:
        if record.type == "CNAME":
            found += addresses_of(snapshot, record.content.rstrip(".").lower())
    found = found or addresses_of(snapshot, host)
    return any(addresses.network_of(address) is Network.VERCEL for address in found)


def _out(identifier: str) -> Response:
    code = "FUNCTION_INVOCATION_TIMEOUT"
    body = f"An error occurred with your deployment\n\n{code}\n\n{identifier}\n"
    return text(504, body, ("x-vercel-error", code))


def _not_found(identifier: str) -> Response:
    code = "DEPLOYMENT_NOT_FOUND"
    body = f"The deployment could not be found on Vercel.\n\n{code}\n\n{identifier}\n"
    return text(404, body, ("x-vercel-error", code))
