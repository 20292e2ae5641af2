"""Everything between a visitor's request and the response, without the sockets."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.edge.dns import addresses_of
from sandbox.edge.hosts.applications import Connect
from sandbox.edge.hosts.cloudflare import Cloudflare, RunWorker
from sandbox.edge.hosts.neon_auth import NeonAuth
from sandbox.edge.hosts.vercel import Vercel
from sandbox.edge.model import NeonSql, Network, Request, Response, Snapshot, addresses, neon_sql, text


class Internet:
    """The internet, which sends a request to the server that its host's DNS points to."""

    def __init__(
        self, snapshot: Callable[[], Snapshot], connect: Connect, run_worker: RunWorker, neon: tuple[NeonAuth, NeonSql]
    ) -> None:
        self.snapshot = snapshot
        self._neon_auth, self._neon_sql = neon
        self.vercel = Vercel(snapshot, connect)
        self.cloudflare = Cloudflare(snapshot, self.vercel, run_worker)

    async def answer(self, request: Request) -> Response:
        """Return the response of the host's server.

        If no server can be reached, the response gives the reason.
        """
        found = addresses_of(self.snapshot(), request.host)
        if not found:
            return text(421, f"{request.host} has no address in the sandbox's DNS.\n")
        network = addresses.network_of(found[0])
        if network is Network.CLOUDFLARE:
            return await self.cloudflare.answer(request)
        if network is Network.VERCEL:
            return await self.vercel.answer(request)
        if network is Network.NEON:
            sql = neon_sql.HOST.fullmatch(request.host)
            return await (self._neon_sql if sql else self._neon_auth).answer(request)
        return text(421, f"{request.host} leads to {found[0]}, {network.value}.\n")
