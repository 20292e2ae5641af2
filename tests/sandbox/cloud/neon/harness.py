"""A running Neon (API, front door, proxy) on ports of its own, and a client for it."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import psycopg
from starlette.applications import Starlette
from starlette.middleware import Middleware

from sandbox.base.home import Home
from sandbox.cloud import proxy
from sandbox.cloud.neon import service
from sandbox.cloud.neon.api.api import routes
from sandbox.cloud.neon.control.control_plane import ControlPlane
from sandbox.cloud.server import create_server
from sandbox.cloud.traffic import Traffic, new_recording
from sandbox.postgres.server import Postgres
from sandbox.state.context import Context, utc_now
from sandbox.state.faults import Faults
from sandbox.state.store import Document, Store

ORGANIZATION = "org-quiet-lake-12345678"
SECTION: Document = {"organizations": {ORGANIZATION: {"name": "prductr", "handle": "prductr", "plan": "launch"}}}
Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def running(home: Home, section: Document | None = None, clock: Callable[[], datetime] = utc_now) -> Iterator[Context]:
    """Run Neon's part of the cloud process in a thread; it starts from the section, if there is one."""
    context = Context(home=home, store=Store(home.store_path), faults=Faults(), clock=clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for item in (service.Service(context), proxy.Service(context)):
                await item.start()
                stack.push_async_callback(item.stop)
                if section is not None:
                    await item.reset(section)
            yield

    traffic = Middleware(Traffic, faults=context.faults, recording=new_recording())
    app = Starlette(routes=routes(context), middleware=[traffic], lifespan=lifespan)
    server = create_server(app, home.ports.cloud)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        yield context
    finally:
        server.should_exit = True
        thread.join()
        context.store.close()


@dataclass(frozen=True)
class Neon:
    """A client of the API with the right key, and of the databases."""

    context: Context
    http: httpx.Client

    def call(
        self,
        method: str,
        path: str,
        body: Document | None = None,
        *,
        expect: int = 200,
        query: Mapping[str, str] | None = None,
    ) -> Document:
        """Make one call, which must have the expected status; return its body."""
        response = self.http.request(method, path, json=body, params=query)
        assert response.status_code == expect, response.text
        return response.json() if response.content else {}

    def refused(self, status: int, method: str, path: str, body: Document | None = None) -> tuple[str, str]:
        """Make a call that must be refused with this status; return code and message."""
        answer = self.call(method, path, body, expect=status)
        assert set(answer) == {"request_id", "code", "message"}
        return answer["code"], answer["message"]

    def settled(self, answer: Document) -> Document:
        """Return the response once all its operations are finished."""
        for operation in answer["operations"]:
            until(lambda: self._status(operation) not in ("scheduling", "running"))  # noqa: B023 -- called at once
            assert self._status(operation) == "finished"
        return answer

    def _status(self, operation: Document) -> str:
        path = f"/projects/{operation['project_id']}/operations/{operation['id']}"
        return str(self.call("GET", path)["operation"]["status"])

    def project(self, **fields: object) -> Document:
        """Return a new project, ready."""
        asked = {"name": "launch", "org_id": ORGANIZATION, "region_id": "aws-eu-central-1", "pg_version": 18} | fields
        return self.settled(self.call("POST", "/projects", {"project": asked}, expect=201))

    def server(self, branch_id: str) -> Postgres:
        """Return the branch's own server."""
        return ControlPlane.of(self.context).computes.server(branch_id)

    @contextmanager
    def connect(self, uri: str, **parameters: str | int) -> Iterator[Connection]:
        """Connect through the front door, with the URI exactly as Neon returns it."""
        address: dict[str, Any] = {"hostaddr": "127.0.0.1", "port": self.context.home.ports.postgres}
        with psycopg.connect(uri, autocommit=True, connect_timeout=20, **address | parameters) as connection:
            yield connection


@contextmanager
def client(context: Context) -> Iterator[Neon]:
    """Yield a client of a running Neon."""
    credentials, port = context.home.credentials, context.home.ports.cloud
    headers = {"Authorization": f"Bearer {credentials.neon_api_key}"}
    url = f"http://127.0.0.1:{port}/neon/api/v2"
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as http:
        yield Neon(context, http)


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for the condition; fail if it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
