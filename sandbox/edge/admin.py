"""The edge's own endpoints: health is public; cron triggers need the admin token."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict

from sandbox.edge.model import Request, Response
from sandbox.edge.schedules import Schedules

PREFIX = "/_sandbox/"
Health = Callable[[], dict[str, str]]


class Admin:
    """The endpoints below /_sandbox/ on localhost."""

    def __init__(self, token: str, schedules: Schedules, health: Health) -> None:
        self._token = token
        self._schedules = schedules
        self._health = health

    async def answer(self, request: Request) -> Response:
        """Serve `health` and `scheduled`: GET lists the latest runs, POST {"script", "cron"} runs one now."""
        requested = request.path.removeprefix(PREFIX)
        if (request.method, requested) == ("GET", "health"):
            return _json(200, self._health())
        if requested != "scheduled" or request.method not in ("GET", "POST"):
            return _json(404, {"error": "there is no such endpoint"})
        sent = request.header("authorization") or ""
        if not secrets.compare_digest(sent.encode(), f"Bearer {self._token}".encode()):
            return _json(403, {"error": "the admin token is missing or wrong"})
        if request.method == "GET":
            return _json(200, {"runs": self._schedules.documents()})
        return await self._run(request.body)

    async def _run(self, body: bytes) -> Response:
        try:
            order = json.loads(body)
            name, cron = order["script"], order.get("cron")
        except (ValueError, TypeError, KeyError, AttributeError):
            return _json(400, {"error": 'the body must be {"script": NAME} with, if it has several triggers, "cron"'})
        run = await self._schedules.run_now(str(name), cron)
        if run is None:
            return _json(404, {"error": f"the Worker {name} has no such cron trigger, or several: give one of them"})
        return _json(200, asdict(run))


def _json(status: int, document: object) -> Response:
    return Response(status=status, headers=(("content-type", "application/json"),), body=json.dumps(document).encode())
