"""The middleware around every call: the requested faults, one log line, and a bounded recording for tests.

Neither the log nor the recording contains a body, a header or a credential.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.cloud.server import break_connection
from sandbox.state import Faults, Rule

_LOG = logging.getLogger("sandbox.cloud")
_RECORDED = 2000
"""The number of calls that are kept; older ones are dropped."""
_SILENCE = 600.0
"""Seconds after which a call without a response is cut off, unless its rule sets another time."""
ADMIN = "/_sandbox/"
"""Prefix of the sandbox's own paths: these calls are neither recorded nor disturbed."""


Recording = deque[dict[str, Any]]
"""The method, path, query, status and fault of the latest calls, oldest first."""


def new_recording() -> Recording:
    """Return an empty recording, bounded in length."""
    return deque(maxlen=_RECORDED)


class Traffic:
    """ASGI middleware around the whole cloud room."""

    def __init__(self, app: ASGIApp, faults: Faults, recording: Recording) -> None:
        self._app = app
        self._faults = faults
        self._recording = recording

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, with a fault if a rule applies."""
        if scope["type"] != "http" or scope["path"].startswith(ADMIN):
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        rule = self._faults.strike(scope["method"], scope["path"])
        entry: dict[str, Any] = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("latin-1"),
            "status": None,
            "fault": rule.action if rule else None,
        }
        self._recording.append(entry)

        async def remember(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        try:
            await self._disturbed(rule, scope, receive, remember)
        finally:
            fault = f" fault={rule.action}" if rule else ""
            milliseconds = (time.monotonic() - started) * 1000
            _LOG.info("%s %s %s %.0fms%s", entry["method"], entry["path"], entry["status"], milliseconds, fault)

    async def _disturbed(self, rule: Rule | None, scope: Scope, receive: Receive, send: Send) -> None:
        if rule and rule.after:
            await self._app(scope, receive, _discard)
        match rule.action if rule else None:
            case "status":
                assert rule
                await refusal(scope["path"], rule.status, rule.retry_after)(scope, receive, send)
            case "reset":
                await _hang_up(scope, receive)
            case "timeout_after":
                assert rule
                await self._app(scope, receive, _discard)
                await _hang_up(scope, receive, after=rule.seconds or _SILENCE)
            case "latency":
                assert rule
                await asyncio.sleep(rule.seconds)
                await self._app(scope, receive, send)
            case _:
                await self._app(scope, receive, send)


async def _discard(_message: Message) -> None:
    """Drop a response instead of sending it."""


async def _hang_up(scope: Scope, receive: Receive, after: float = 0.0) -> None:
    """Reset the connection, unless the client disconnects first; return once the client is gone."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    waiting = asyncio.ensure_future(gone())
    try:
        await asyncio.wait({waiting}, timeout=after)
        if not waiting.done():
            break_connection(scope)
            await waiting
    finally:
        waiting.cancel()


def refusal(path: str, status: int, retry_after: int | None) -> JSONResponse:
    """Return an error response in the format of the vendor that owns this path."""
    limited = status == 429
    message = "Rate limit exceeded" if limited else "Internal server error"
    body: dict[str, Any]
    if path.startswith("/client/v4"):
        code = 971 if limited else 10001
        text = "Please wait and consider throttling your request speed" if limited else "An internal error occurred"
        body = {"success": False, "errors": [{"code": code, "message": text}], "messages": [], "result": None}
    elif path.startswith("/neon"):
        body = {"request_id": "sandbox-fault", "code": "", "message": message.lower()}
    else:
        body = {"error": {"code": "rate_limited" if limited else "internal_server_error", "message": message}}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    return JSONResponse(body, status, headers)
