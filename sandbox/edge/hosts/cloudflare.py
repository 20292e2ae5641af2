"""Cloudflare's proxy: the processing of a visitor's request to a proxied host, in Cloudflare's order."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable

from sandbox.edge.dns import addresses_of, proxied_records
from sandbox.edge.hosts.rate_limits import RateLimits
from sandbox.edge.hosts.redirects import redirected
from sandbox.edge.hosts.rules_language import RuleError
from sandbox.edge.hosts.vercel import Vercel
from sandbox.edge.hosts.worker_requests import CALLER_ZONE
from sandbox.edge.model import Network, Request, Response, Snapshot, Zone, addresses, page, redirect, text

log = logging.getLogger(__name__)

RunWorker = Callable[[str, str, Request], Awaitable[Response]]
"""A function that runs the script ACCOUNT/NAME for a request in the zone with this name."""

DEFAULT_SSL_MODE = "full"
DEFAULT_MINIMUM_TLS = "1.0"
_COUNTRY = "DE"
_COLO = "FRA"
_LOOPS = re.compile(r"cloudflare(?:\s*;\s*loops=(\d{1,9}))?")
_ERRORS = {
    429: "You are being rate limited",
    522: "Connection timed out",
    525: "SSL handshake failed",
    526: "Invalid SSL certificate",
    530: "Origin DNS error",
}


class Cloudflare:
    """The server at Cloudflare's addresses."""

    def __init__(self, snapshot: Callable[[], Snapshot], vercel: Vercel, run_worker: RunWorker) -> None:
        self._snapshot = snapshot
        self._vercel = vercel
        self._run_worker = run_worker
        self._limits = RateLimits()

    async def answer(self, request: Request) -> Response:
        """Return Cloudflare's response."""
        ray = secrets.token_hex(8)
        response = await self._answer(_forwarded(request, ray), ray)
        return response.with_headers(("server", "cloudflare"), ("cf-ray", f"{ray}-{_COLO}"))

    async def _answer(self, request: Request, ray: str) -> Response:
        if script := self._snapshot().dev_hosts.get(request.host):
            return await self._run_worker(script, "workers.dev", request)
        zone = self._snapshot().zone_of(request.host)
        if zone is None or proxied_records(zone, request.host) is None:
            return page(403, "DNS points to prohibited IP", "<h1>Error 1000</h1>")
        if request.scheme == "http" and zone.setting("always_use_https", "off") == "on":
            return redirect(301, request.over("https").url)
        if request.scheme == "https" and zone.setting("ssl", DEFAULT_SSL_MODE) == "off":
            return redirect(301, request.over("http").url)
        try:
            moved = redirected(zone, request)
        except RuleError as error:
            log.exception("Redirect rule of %s", zone.name)
            return text(501, f"The sandbox cannot follow a redirect rule of {zone.name}: {error}\n")
        if moved is not None:
            return moved
        try:
            blocked = self._limits.wait(zone, request)
        except RuleError as error:
            log.exception("Rate limiting rule of %s", zone.name)
            return text(501, f"The sandbox cannot follow a rate limiting rule of {zone.name}: {error}\n")
        if blocked is not None:
            return _error(429, ray, "1015").with_headers(("retry-after", str(blocked)))
        script = _script(zone, request)
        if script:
            return await self._run_worker(f"{zone.account}/{script}", zone.name, request)
        return await self._origin(zone, request, ray)

    async def _origin(self, zone: Zone, request: Request, ray: str) -> Response:
        snapshot = self._snapshot()
        found: list[str] = []
        for record in proxied_records(zone, request.host) or ():
            target = record.content.rstrip(".").lower()
            found += addresses_of(snapshot, target) if record.type == "CNAME" else [target]
        if not found:
            return _error(530, ray, "1016")
        network = addresses.network_of(found[0])
        if network is Network.CLOUDFLARE:
            return page(403, "DNS points to prohibited IP", "<h1>Error 1000</h1>")
        if network is not Network.VERCEL:
            return _error(522, ray)
        mode = zone.setting("ssl", DEFAULT_SSL_MODE)
        if mode == "flexible":
            # This is the redirect loop: the visitor uses https, but the origin gets http and redirects to https.
            return await self._vercel.answer(request.over("http"))
        if request.scheme == "https" or mode == "origin_pull":
            if not self._vercel.presents_certificate(request.host):
                return _error(525, ray)
            if mode != "full" and not self._vercel.certificate_is_valid(request.host):
                return _error(526, ray)
            return await self._vercel.answer(request.over("https"))
        return await self._vercel.answer(request)


def _forwarded(request: Request, ray: str) -> Request:
    """Return the request with the headers that Cloudflare adds for Workers and origins.

    https://developers.cloudflare.com/fundamentals/reference/http-headers/
    """
    came_by = request.header("x-forwarded-for")
    return request.with_headers(
        ("cdn-loop", _loops(request.header("cdn-loop") or "")),
        ("cf-connecting-ip", request.visitor),
        ("cf-ipcountry", _COUNTRY),
        ("cf-ray", f"{ray}-{_COLO}"),
        ("cf-visitor", f'{{"scheme":"{request.scheme}"}}'),
        ("x-forwarded-for", f"{came_by},{request.visitor}" if came_by else request.visitor),
        ("x-forwarded-proto", request.scheme),
    )


def _loops(header: str) -> str:
    """Return the networks that a request has passed (RFC 8586), with a count of its passes through Cloudflare."""
    networks = [network.strip() for network in header.split(",") if network.strip()]
    passed = [found for found in map(_LOOPS.fullmatch, networks) if found]
    times = 1 + sum(int(found.group(1) or 1) for found in passed)
    return ", ".join([*(one for one in networks if not _LOOPS.fullmatch(one)), f"cloudflare; loops={times}"])


def _script(zone: Zone, request: Request) -> str:
    """Return the Worker of the most specific route for a request, or else that of the custom domain; may be empty.

    A Worker's requests to its own zone bypass the routes, so a Worker on a route can reach its origin.
    https://developers.cloudflare.com/workers/configuration/routing/custom-domains/#worker-to-worker-communication
    """
    address = f"{request.host}{request.path}"
    own = request.header(CALLER_ZONE) == zone.name
    matching = [(pattern, script) for pattern, script in zone.routes if not own and _matches(pattern, address)]
    custom = ("", zone.workers.get(request.host, ""))
    return max(matching, key=lambda route: len(route[0]), default=custom)[1]


def _matches(pattern: str, address: str) -> bool:
    bare = pattern.removeprefix("https://").removeprefix("http://")
    return re.fullmatch(".*".join(map(re.escape, bare.split("*"))), address) is not None


def _error(status: int, ray: str, code: str | None = None) -> Response:
    reason = _ERRORS[status]
    shown = code or str(status)
    body = f"<h1>Error {shown}</h1><h2>{reason}</h2><p>Ray ID: {ray}</p>"
    return page(status, f"{reason} | {shown}", body, ("cache-control", "no-store"))
