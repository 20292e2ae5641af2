"""The one ASGI application: every vendor's API below its own prefix, and the sandbox's admin endpoints."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware

from sandbox.base import Home
from sandbox.cloud import admin, scenarios
from sandbox.cloud.cloudflare import api as cloudflare
from sandbox.cloud.neon.api import api as neon
from sandbox.cloud.neon.auth import instances
from sandbox.cloud.neon.service import Service as NeonService
from sandbox.cloud.proxy import Service as ProxyService
from sandbox.cloud.traffic import Traffic, new_recording
from sandbox.cloud.vercel import api as vercel
from sandbox.state import Context, Faults, Store, utc_now

_STARTED = ("sandbox", "scenario")
"""Collection and id of the document that marks a scenario as completely set up."""


class Service(Protocol):
    """A component that runs alongside the HTTP API: database servers, the proxy."""

    async def start(self) -> None:
        """Start, and return when ready. After a crash, find and resume unfinished work."""

    async def stop(self) -> None:
        """Stop, and leave nothing running."""

    async def reset(self, section: dict[str, Any]) -> None:
        """Discard everything and start again from this section of a scenario."""


def create_app(home: Home, store: Store, faults: Faults, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """Compose the room. A new store begins with the scenario named by LAUNCH_SANDBOX_SCENARIO (default: empty)."""
    context = Context(home=home, store=store, faults=faults, clock=clock)
    services: Sequence[Service] = (NeonService(context), ProxyService(context))
    recording = new_recording()

    async def reset(name: str) -> None:
        content = scenarios.load(name)
        with store.transaction():
            for vendor in ("cloudflare", "vercel"):
                scenarios.apply(store, content[vendor], vendor)
        for service in services:
            await service.reset(content["neon"])
        with store.transaction():
            scenarios.bind(store)
            if instances.find(store, instances.STANDING_HOST) is None:
                instances.add(store, instances.STANDING_HOST)
            store.put(*_STARTED, {"scenario": name})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            new = store.get(*_STARTED) is None
            for service in services:
                await service.start()
                running.push_async_callback(service.stop)
            if new:
                await reset(os.environ.get(scenarios.VARIABLE, scenarios.DEFAULT))
            yield

    vendors = (cloudflare, vercel, neon)
    return Starlette(
        routes=[
            *admin.routes(context, recording, reset),
            *(route for vendor in vendors for route in vendor.routes(context)),
        ],
        middleware=[Middleware(Traffic, faults=faults, recording=recording)],
        lifespan=lifespan,
    )
