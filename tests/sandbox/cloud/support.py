"""Helpers of the cloud room's tests: a clock, a running room with its clients, and a reader of errors."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

from sandbox.base.home import Home
from sandbox.cloud.server import create_server
from sandbox.state.faults import Faults
from sandbox.state.store import Store

ACCOUNT = "5f1d0c3a9be84e7d8c2b6a4f0e917d35"
ZONE = "9b7c41d2e6f04a83b15d70ce4a92f8b6"
_START_SECONDS = 20


@dataclass
class Clock:
    """Time that stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Cloud:
    """A running cloud room, and clients with its credentials."""

    def __init__(self, home: Home, store: Store, faults: Faults, clock: Clock) -> None:
        self.home, self.store, self.faults, self.clock = home, store, faults, clock
        self.url = f"http://127.0.0.1:{home.ports.cloud}"
        self.anonymous = httpx.Client(base_url=self.url, timeout=20)
        credentials = home.credentials
        self.admin = self._client("", credentials.admin_token)
        self.cloudflare = self._client("/client/v4", credentials.cloudflare_api_token)
        self.vercel = self._client("/vercel", credentials.vercel_api_token)
        self.vercel.params = httpx.QueryParams({"teamId": "hhnn"})

    def _client(self, path: str, token: str) -> httpx.Client:
        return httpx.Client(base_url=self.url + path, timeout=20, headers={"authorization": f"Bearer {token}"})

    def close(self) -> None:
        for client in (self.anonymous, self.admin, self.cloudflare, self.vercel):
            client.close()


class Running:
    """A server in a thread."""

    def __init__(self, app: Starlette, port: int) -> None:
        self._server = create_server(app, port)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            assert self._thread.is_alive(), "the cloud room did not start"
            assert time.monotonic() < deadline, "the cloud room did not start in time"
            time.sleep(0.005)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=_START_SECONDS)
        assert not self._thread.is_alive(), "the cloud room did not end"


def refused(response: httpx.Response) -> tuple[int, Any]:
    """Return status and code of an error response, whichever vendor's."""
    body = response.json()
    error = body["error"] if "error" in body else body["errors"][0]
    return response.status_code, error["code"]
