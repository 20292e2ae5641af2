"""The visitor's view of `launch verify`: the internet, or an edge that stands in for it.

LAUNCH_CONNECT_TO=ADDRESS:PORT,ADDRESS:PORT redirects connections for ports 443 and 80. Names are still looked up, and
TLS is still checked against the intended host. SSL_CERT_FILE names the trusted authorities.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ssl
import warnings
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import certifi
import httpcore

from launch.report import RUN, FailedError, UncheckedError
from launch.verify.dns import Names, Server, endpoint

CONNECT_TO_VARIABLE = "LAUNCH_CONNECT_TO"
TRUST_VARIABLE = "SSL_CERT_FILE"

_CONNECT_SECONDS = 8.0
_READ_SECONDS = 15.0
_LONGEST_CHAIN = 10
_USER_AGENT = "prductr-launch-verify"
_OFFLINE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP response."""

    url: str
    status: int
    headers: Mapping[str, str]
    """Names are in lower case."""
    body: bytes = field(repr=False)

    @property
    def location(self) -> str | None:
        """The target of the redirect, as an absolute URL."""
        target = self.headers.get("location")
        return urljoin(self.url, target) if target and 300 <= self.status < 400 else None

    def __str__(self) -> str:
        return f"{self.url} -{self.status}-> {self.location}" if self.location else f"{self.url} answers {self.status}"


class Internet:
    """Requests hosts as a visitor does, with time limits."""

    def __init__(self, names: Names, trust: str, redirected: Mapping[int, Server]) -> None:
        self.names = names
        # Read once: reading the machine's authorities takes longer than a request to a host.
        self._trusting = ssl.create_default_context(cafile=trust)
        self._redirected = redirected
        self._network = httpcore.AnyIOBackend()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=self._trusting,
            network_backend=_Backend(self),
            max_keepalive_connections=0,
            max_connections=None,
        )

    @classmethod
    @contextlib.asynccontextmanager
    async def from_environment(cls, environment: Mapping[str, str]) -> AsyncIterator[Internet]:
        """Use the variables' configuration, or the real internet. Raises UncheckedError for a malformed variable."""
        given = environment.get(CONNECT_TO_VARIABLE)
        redirected = {}
        if given:
            targets = [endpoint(part.strip(), CONNECT_TO_VARIABLE, 0) for part in given.split(",")]
            if len(targets) != 2:
                raise UncheckedError(f"{CONNECT_TO_VARIABLE} is {given!r}", "Give ADDRESS:PORT,ADDRESS:PORT.")
            redirected = dict(zip((443, 80), targets, strict=True))
        trust = environment.get(TRUST_VARIABLE) or certifi.where()
        try:
            internet = cls(Names.from_environment(environment), trust, redirected)
        except OSError as error:
            what = f"{TRUST_VARIABLE} is {trust!r}, which cannot be read ({error.strerror})"
            raise UncheckedError(what, "Correct it, or unset it.") from error
        async with internet._pool:
            yield internet

    async def get(self, url: str) -> Answer:
        """Make one request without following redirects. Raises FailedError or UncheckedError."""
        timeout = {"connect": _CONNECT_SECONDS, "read": _READ_SECONDS, "write": _READ_SECONDS, "pool": _READ_SECONDS}
        headers = [("host", urlsplit(url).netloc), ("user-agent", _USER_AGENT), ("accept", "*/*")]
        with explained(url):
            response = await self._pool.request("GET", url, headers=headers, extensions={"timeout": timeout})
        return Answer(
            url=url,
            status=response.status,
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers},
            body=response.content,
        )

    async def follow(self, url: str) -> list[Answer]:
        """Return the responses up to the first without a redirect. Raises FailedError for a loop, with the chain."""
        chain: list[Answer] = []
        while True:
            response = await self.get(url)
            chain.append(response)
            if response.location is None:
                return chain
            url = response.location
            if url in [passed.url for passed in chain]:
                raise FailedError(f"redirect loop: {shown(chain)}", _loop_remedy(response))
            if len(chain) >= _LONGEST_CHAIN:
                raise FailedError(f"more than {_LONGEST_CHAIN} redirects: {shown(chain)}")

    async def certificate(self, host: str) -> Mapping[str, Any]:
        """Return the host's trusted certificate. Raises FailedError or UncheckedError."""
        return await self._handshake(host, self._trusting)

    async def accepts_old_tls(self, host: str) -> bool:
        """Return whether the host accepts TLS 1.1 or older. Raises FailedError or UncheckedError if unreachable."""
        if not ssl.HAS_TLSv1_1:
            raise UncheckedError("this machine's OpenSSL cannot speak TLS 1.1, so this cannot be tested")
        # The certificate's issuer does not matter here: an old version with a wrong certificate is still accepted.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # speaking it is the point of this check
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        try:
            await self._handshake(host, context)
        except TlsError as error:
            if "NO_PROTOCOLS_AVAILABLE" in error.what:
                raise UncheckedError("this machine's policy forbids TLS 1.1, so this cannot be tested") from error
            return False
        return True

    async def _handshake(self, host: str, context: ssl.SSLContext) -> Mapping[str, Any]:
        stream = await self.connect(host, 443, _CONNECT_SECONDS)
        with explained(f"https://{host}/"):
            secured = await stream.start_tls(context, host, _CONNECT_SECONDS)
        connection: ssl.SSLObject = secured.get_extra_info("ssl_object")
        certificate = connection.getpeercert() or {}
        await secured.aclose()
        return certificate

    async def connect(
        self, host: str, port: int, seconds: float | None, options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to the host's address. Raises FailedError or UncheckedError."""
        found = await self.names.addresses(host)
        if not found:
            raise FailedError(f"{host} has no address", f"Its DNS record is missing. {RUN}.")
        server = self._redirected.get(port) or Server(found[0], port)
        try:
            return await self._network.connect_tcp(server.address, server.port, seconds, socket_options=options)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            reason = f"no connection to {server} ({str(error) or 'no answer'})"
            if self._redirected:
                raise UncheckedError(f"{reason}, which stands in for the internet", "Run `make up`.") from error
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in _OFFLINE:
                raise UncheckedError(reason, "Check whether this machine is online.") from error
            raise FailedError(reason) from error


class TlsError(FailedError):
    """A TLS connection to a host failed, or its certificate is not trusted."""


def shown(chain: Iterable[Answer]) -> str:
    """Return a chain of redirects, on one line."""
    return ", ".join(map(str, chain))


@contextlib.contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn the libraries' exceptions into FailedError."""
    try:
        yield
    except httpcore.ConnectError as error:
        # The TCP connection was established, so TLS is what failed.
        raise _tls_error(url, error) from error
    except httpcore.TimeoutException as error:
        raise FailedError(f"{url} does not answer in time") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FailedError(f"{url}: the connection broke ({str(error) or type(error).__name__})") from error


def _tls_error(url: str, error: BaseException) -> TlsError:
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TlsError(f"{url}: its certificate is not trusted ({cause.verify_message})")
    return TlsError(f"{url}: no TLS connection ({str(error) or type(error).__name__})")


def _loop_remedy(response: Answer) -> str:
    """Return the remedy, depending on what the response reveals about the cause of the loop."""
    if "x-vercel-id" in response.headers and "cf-ray" in response.headers:
        reason = "Cloudflare proxies a Vercel host and requests it over http, as SSL mode Flexible does"
        return f"{reason}. {RUN} to make the record DNS-only and the mode strict."
    return f"{RUN}, then look for a redirect that somebody added by hand."


class _Backend(httpcore.AsyncNetworkBackend):
    """Lets `Internet.connect` open the connections."""

    def __init__(self, internet: Internet) -> None:
        self._internet = internet

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        assert local_address is None, "the pool was not given one"
        return await self._internet.connect(host, port, timeout, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
