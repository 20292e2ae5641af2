"""Passing requests to Workers, and their responses back."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncGenerator
from datetime import datetime

import httpx

from sandbox.edge.model import Request, Response, end_to_end, page, text
from sandbox.edge.runtime import Runtime
from toolchain.cache import ToolError

log = logging.getLogger(__name__)

LEFT = "cf-ew-via"
"""The header of a Worker's own request with the number of further calls that Workers may make to Workers."""
CALLER_ZONE = "cf-worker"
"""The header with the zone in which the Worker was called."""
_MOST_CALLS = 16
"""https://developers.cloudflare.com/workers/observability/errors/#loop-limit"""
_LONGEST_SECONDS = 60.0
_FAILURE = "x-sandbox-failure"
_PLACE = {"colo": "FRA", "country": "DE", "httpProtocol": "HTTP/1.1", "tlsVersion": "TLSv1.3"}
"""The values of `request.cf` for every visitor."""


class Workers:
    """The edge's client of the Workers runtime. Close it at the end."""

    def __init__(self, runtime: Runtime, port: int) -> None:
        self._runtime = runtime
        # The shell's proxy settings are only for requests that leave this machine.
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=_LONGEST_SECONDS, follow_redirects=False
        )

    async def answer(self, script: str, zone: str, request: Request) -> Response:
        """Return the response of the current ACCOUNT/NAME; Cloudflare's error page if it fails or loops.

        `zone` is the name of the zone of the request.
        """
        left = _calls_left(request)
        if not left:
            log.warning("The Worker %s: %s calls Workers in a loop", script, request.url)
            return page(500, "Worker exceeded loop limit", "<h1>Error 1019</h1><h2>Worker hit loop limit</h2>")
        try:
            # A newly uploaded script takes effect at once, not at the next poll of the store.
            await self._runtime.refresh()
            failure = self._runtime.failure(script)
            if failure is not None:
                return _exception(script, failure)
            described = {"script": script, "zone": zone, "left": left, **_described(request)}
            sent = self._client.build_request(
                request.method, "/", headers={"x-sandbox-request": json.dumps(described)}, content=request.body
            )
            answer = await self._client.send(sent, stream=True)
            if not _comes_bit_by_bit(answer):
                await answer.aread()
                await answer.aclose()
        except (httpx.TransportError, ToolError, OSError, RuntimeError) as error:
            log.warning("%s: the Workers runtime: %s", request.url, error)
            return text(503, f"The sandbox's Workers runtime does not respond: {error}\n")
        if _FAILURE in answer.headers:
            return _exception(script, answer.headers[_FAILURE])
        headers = end_to_end(answer.headers.multi_items())
        if _comes_bit_by_bit(answer):
            return Response(status=answer.status_code, headers=headers, stream=_parts(answer, request.url))
        return Response(status=answer.status_code, headers=headers, body=answer.content)

    async def scheduled(self, script: str, cron: str, moment: datetime) -> str:
        """Call the scheduled handler of ACCOUNT/NAME, and return its outcome, which is `ok` on success."""
        await self._runtime.refresh()
        failure = self._runtime.failure(script)
        if failure is not None:
            return failure
        described = {"script": script, "scheduled": {"cron": cron, "time": int(moment.timestamp() * 1000)}}
        answer = await self._client.post("/", headers={"x-sandbox-request": json.dumps(described)})
        return answer.headers.get(_FAILURE) or str(answer.json()["outcome"])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _described(request: Request) -> dict[str, object]:
    """Return the request as the Worker sees it. Its accept-encoding always allows compression.

    https://developers.cloudflare.com/fundamentals/reference/http-headers/#accept-encoding
    """
    encoding = request.header("accept-encoding")
    cf = _PLACE | ({} if encoding is None else {"clientAcceptEncoding": encoding})
    seen = request.with_headers(("accept-encoding", "br, gzip"))
    if request.body:
        seen = seen.with_headers(("content-length", str(len(request.body))))
    return {"url": request.url, "headers": seen.headers, "cf": cf}


def _comes_bit_by_bit(answer: httpx.Response) -> bool:
    """Return whether the response is a stream of server-sent events, which must not be buffered."""
    kind: str = answer.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == "text/event-stream"


async def _parts(answer: httpx.Response, url: str) -> AsyncGenerator[bytes, None]:
    """Yield the parts as they arrive. Closing it early also ends the Worker's response. Raises TransportError."""
    try:
        async for part in answer.aiter_raw():
            yield part
    except httpx.TransportError as error:
        log.warning("%s: the Worker's stream broke: %s", url, error)
        raise
    finally:
        await answer.aclose()


def _calls_left(request: Request) -> int:
    """Return how many times Workers may be called for this request, including this call."""
    left = request.header(LEFT) or ""
    return min(int(left), _MOST_CALLS) if re.fullmatch(r"\d{1,9}", left) else _MOST_CALLS


def _exception(script: str, reason: str) -> Response:
    log.warning("The Worker %s: %s", script, reason)
    return page(500, "Worker threw exception", "<h1>Error 1101</h1><h2>Worker threw exception</h2>")
