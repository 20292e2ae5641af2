"""The composition of the edge: name server, HTTP, HTTPS and the Workers runtime."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

import psycopg

from sandbox.base import Authority, Home
from sandbox.edge.admin import Admin
from sandbox.edge.certificates import Certificates
from sandbox.edge.dns import NameServer
from sandbox.edge.hosts import Internet, NeonAuth, Workers
from sandbox.edge.model import NeonSql, World
from sandbox.edge.runtime import Runtime, reap
from sandbox.edge.schedules import Schedules
from sandbox.edge.server import Application, Server, create_server, ready
from sandbox.state import Store

_DATABASE_SECONDS = 5


class Room:
    """The edge, which serves for the duration of `async with`. Raises OSError if a port is taken."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store
        self._running = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Room:
        async with contextlib.AsyncExitStack() as running:
            await self._start(running)
            self._running = running.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    async def _start(self, running: contextlib.AsyncExitStack) -> None:
        home = self._home
        reap(home)
        world = World(self._store)
        authority = Authority.load_or_create(home.authority_dir)
        runtime = Runtime(home, authority, world.now)
        workers = Workers(runtime, home.ports.workers)
        running.push_async_callback(workers.close)
        statements = NeonSql(home.ports.cloud)
        running.push_async_callback(statements.close)
        internet = Internet(world.now, self._connect, workers.answer, (NeonAuth(self._store), statements))
        schedules = Schedules(world.now, workers.scheduled)

        names = NameServer(world.now, home.ports.dns)
        await names.start()
        running.push_async_callback(names.stop)
        admin = Admin(home.credentials.admin_token, schedules, lambda: {"status": "ok", "workers": runtime.state})
        application = Application(internet, admin)
        context = Certificates(authority, world.now, internet.vercel).context()
        await self._listen(running, create_server(application, home.ports.edge_https, context))
        # Last, because this port reports that the room is ready.
        await self._listen(running, create_server(application, home.ports.edge_http))
        for work in (runtime.run(), schedules.keep()):
            running.push_async_callback(_cancelled, asyncio.create_task(work))

    async def _listen(self, running: contextlib.AsyncExitStack, server: Server) -> None:
        serving = await ready(server)
        running.push_async_callback(server.ended, serving)

    async def _connect(self, url: str) -> psycopg.AsyncConnection:
        """Open a database as an application on the internet does; the host name leads to this machine."""
        return await psycopg.AsyncConnection.connect(
            url,
            hostaddr="127.0.0.1",
            port=self._home.ports.postgres,
            connect_timeout=_DATABASE_SECONDS,
            prepare_threshold=None,
        )


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
