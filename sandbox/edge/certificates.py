"""TLS as on the internet: a host's certificate and minimum protocol version, or the alert without one."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.base import Authority
from sandbox.edge.dns import addresses_of
from sandbox.edge.hosts import DEFAULT_MINIMUM_TLS, Vercel
from sandbox.edge.localhost import SUFFIX
from sandbox.edge.model import Network, Snapshot, addresses

_OLD_CIPHERS = "DEFAULT:@SECLEVEL=0"
"""OpenSSL 3 supports TLS 1.0 and 1.1 only at this level."""
_NO_TLS_1_2_CIPHERS = "PSK"
"""Without a usable cipher for TLS 1.2, only TLS 1.3 is left; its ciphers are configured separately."""


@dataclass(frozen=True)
class _Offer:
    names: tuple[str, ...]
    minimum: str


class Certificates:
    """The choice of the certificate for each handshake, by the requested server name."""

    def __init__(self, authority: Authority, snapshot: Callable[[], Snapshot], vercel: Vercel) -> None:
        self._authority = authority
        self._snapshot = snapshot
        self._vercel = vercel
        self._contexts: dict[_Offer, ssl.SSLContext] = {}

    def context(self) -> ssl.SSLContext:
        """Return the context for the listening socket."""
        context = self._authority.context_for(["unrecognized.invalid"])
        _accept_old_versions(context)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            offer = self._offer((name or "localhost").lower())
            if isinstance(offer, int):
                return offer
            connection.context = self._context_for(offer)
            return None

        context.sni_callback = choose
        return context

    def _offer(self, host: str) -> _Offer | int:
        """Return the host's certificate, or the TLS alert that ends the handshake."""
        if host == "localhost" or host.endswith(SUFFIX):
            return _Offer((host, "127.0.0.1") if host == "localhost" else (host,), "1.2")
        snapshot = self._snapshot()
        found = addresses_of(snapshot, host)
        network = addresses.network_of(found[0]) if found else None
        if network is Network.CLOUDFLARE:
            if host in snapshot.dev_hosts:
                return _Offer((host,), "1.2")
            zone = snapshot.zone_of(host)
            covered = zone and (host in zone.workers or host.removesuffix(zone.name).count(".") <= 1)
            if zone and covered:
                return _Offer((host,), zone.setting("min_tls_version", DEFAULT_MINIMUM_TLS))
            # Universal SSL covers the apex and one label below it.
            return int(ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE)
        if network is Network.NEON:
            return _Offer((host,), "1.2")
        if network is Network.VERCEL and self._vercel.presents_certificate(host):
            valid = self._vercel.certificate_is_valid(host)
            return _Offer((host if valid else "expired.invalid",), "1.2")
        return int(ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE if network else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)

    def _context_for(self, offer: _Offer) -> ssl.SSLContext:
        if offer not in self._contexts:
            context = self._authority.context_for(offer.names)
            if offer.minimum in ("1.0", "1.1"):
                _accept_old_versions(context)
            elif offer.minimum == "1.3":
                context.set_ciphers(_NO_TLS_1_2_CIPHERS)
            self._contexts[offer] = context
        return self._contexts[offer]


def _accept_old_versions(context: ssl.SSLContext) -> None:
    """Accept TLS 1.0 and later. The minimum version depends on the host and is enforced later, through the ciphers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers(_OLD_CIPHERS)
