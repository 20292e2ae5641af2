"""The sandbox's own endpoints: health is public; the rest need the admin token."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.cloud.scenarios import ScenarioError
from sandbox.cloud.traffic import Recording
from sandbox.cloud.vercel.protocol import REGIONS
from sandbox.state import Context, FaultError

OUTAGES = "sandbox.outages"
"""Regions of Vercel in which no function runs."""
Endpoint = Callable[[Request], Awaitable[Response]]
Reset = Callable[[str], Awaitable[None]]
"""Puts the whole sandbox into the named scenario. Raises ScenarioError."""


def routes(context: Context, recording: Recording, reset: Reset) -> list[BaseRoute]:
    """Return the routes below /_sandbox."""

    def guarded(endpoint: Endpoint) -> Endpoint:
        expected = f"Bearer {context.home.credentials.admin_token}"

        async def checked(request: Request) -> Response:
            if not secrets.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
                return _error(403, "the admin token is missing or wrong")
            return await endpoint(request)

        return checked

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": context.store.version()})

    async def list_faults(_request: Request) -> Response:
        return JSONResponse({"faults": context.faults.documents()})

    async def add_fault(request: Request) -> Response:
        order = await _body(request)
        if order is None:
            return _error(400, "the body is not a JSON object")
        try:
            return JSONResponse(context.faults.add(order).document(), 201)
        except FaultError as error:
            return _error(400, str(error))

    async def remove_faults(request: Request) -> Response:
        return JSONResponse({"removed": context.faults.remove(request.query_params.get("id"))})

    async def requests(request: Request) -> Response:
        seen = list(recording)
        if "clear" in request.query_params:
            recording.clear()
        return JSONResponse({"requests": seen})

    async def list_outages(_request: Request) -> Response:
        return JSONResponse({"outages": [each["region"] for each in context.store.find(OUTAGES)]})

    async def add_outage(request: Request) -> Response:
        region = (await _body(request) or {}).get("region")
        if region not in REGIONS:
            return _error(400, f"region: {region!r} is not a region of Vercel")
        context.store.put(OUTAGES, str(region), {"region": region})
        return JSONResponse({"region": region}, 201)

    async def end_outages(_request: Request) -> Response:
        ended = [each["region"] for each in context.store.find(OUTAGES)]
        for region in ended:
            context.store.delete(OUTAGES, region)
        return JSONResponse({"ended": ended})

    async def reset_to(request: Request) -> Response:
        scenario = (await _body(request) or {}).get("scenario", "empty")
        try:
            await reset(str(scenario))
        except ScenarioError as error:
            return _error(400, str(error))
        return JSONResponse({"scenario": scenario, "version": context.store.version()})

    return [
        Route("/_sandbox/health", health),
        Route("/_sandbox/faults", guarded(list_faults), methods=["GET"]),
        Route("/_sandbox/faults", guarded(add_fault), methods=["POST"]),
        Route("/_sandbox/faults", guarded(remove_faults), methods=["DELETE"]),
        Route("/_sandbox/outages", guarded(list_outages), methods=["GET"]),
        Route("/_sandbox/outages", guarded(add_outage), methods=["POST"]),
        Route("/_sandbox/outages", guarded(end_outages), methods=["DELETE"]),
        Route("/_sandbox/requests", guarded(requests), methods=["GET"]),
        Route("/_sandbox/reset", guarded(reset_to), methods=["POST"]),
    ]


async def _body(request: Request) -> dict[str, object] | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
