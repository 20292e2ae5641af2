"""An edge that runs in a thread of the test."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.query
import httpx
from dns.rdatatype import RdataType

from sandbox.base.home import Home
from sandbox.edge.room import Room
from sandbox.state.store import Store
from tests.sandbox.edge.clouds import Clouds

START_SECONDS = 30


@dataclass(frozen=True)
class Edge:
    """A running edge and the clouds behind it."""

    home: Home
    clouds: Clouds

    @property
    def trust(self) -> Path:
        """The authority's certificate."""
        return self.home.authority_dir / "ca.pem"

    def get(
        self,
        url: str,
        method: str = "GET",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
    ) -> httpx.Response:
        """Send a request from `address`, redirects not followed. The edge is every address: no name is resolved."""
        target = httpx.URL(url)
        ports = self.home.ports
        port = target.port or (ports.edge_https if target.scheme == "https" else ports.edge_http)
        local = target.copy_with(host="127.0.0.1", port=port)
        host = target.netloc.decode()
        context = ssl.create_default_context(cafile=self.trust)
        transport = httpx.HTTPTransport(verify=context, local_address=address)
        with httpx.Client(transport=transport, trust_env=False, timeout=40) as client:
            sent = {"host": host, **(headers or {})}
            return client.request(
                method, local, headers=sent, content=content, extensions={"sni_hostname": target.host}
            )

    def ask(self, name: str, kind: str, *, tcp: bool = False) -> dns.message.Message:
        """Query the name server."""
        query = dns.message.make_query(name, RdataType.make(kind))
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, "127.0.0.1", timeout=10, port=self.home.ports.dns)

    def texts(self, name: str, kind: str) -> list[str]:
        """Return the records of one type in the answer."""
        answer = self.ask(name, kind).answer
        return [item.to_text() for rrset in answer if rrset.rdtype == RdataType.make(kind) for item in rrset]


@contextmanager
def running(home: Home, store: Store) -> Iterator[Edge]:
    """Yield an edge that runs until the end of the block."""
    ready, failures = threading.Event(), list[BaseException]()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        try:
            async with Room(home, store):
                ready.set()
                await ended.wait()
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(START_SECONDS)
    try:
        assert not failures, failures
        yield Edge(home, Clouds(store))
    finally:
        if not failures:
            loop.call_soon_threadsafe(ended.set)
        thread.join(START_SECONDS)
        loop.close()
    assert not thread.is_alive()
