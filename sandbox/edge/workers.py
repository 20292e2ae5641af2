"""A request's way into a Worker and back."""

from __future__ import annotations

import logging

import httpx

from sandbox.edge.messages import Request, Response, end_to_end, page, text
from sandbox.edge.runtime import Runtime
from sandbox.toolchain import ToolError

log = logging.getLogger(__name__)

_LONGEST_SECONDS = 60.0
_FAILURE = "x-sandbox-failure"


class Workers:
    """Runs Workers for the edge. Close it at the end."""

    def __init__(self, runtime: Runtime, port: int) -> None:
        self._runtime = runtime
        # The shell's proxy settings are for programs that leave this machine.
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=_LONGEST_SECONDS, follow_redirects=False
        )

    async def answer(self, script: str, request: Request) -> Response:
        """The answer of ACCOUNT/NAME as it is stored now; Cloudflare's error page if it fails."""
        try:
            # A script that was just uploaded answers at once, not at the next look into the store.
            await self._runtime.refresh()
            failure = self._runtime.failure(script)
            if failure is not None:
                return _exception(script, failure)
            sent = self._client.build_request(
                request.method,
                "/",
                headers=[*request.headers, ("x-sandbox-script", script), ("x-sandbox-url", request.url)],
                content=request.body,
            )
            answer = await self._client.send(sent)
        except (httpx.TransportError, ToolError, OSError, RuntimeError) as error:
            log.warning("%s: the Workers runtime: %s", request.url, error)
            return text(503, f"The sandbox's Workers runtime does not answer: {error}\n")
        if _FAILURE in answer.headers:
            return _exception(script, answer.headers[_FAILURE])
        return Response(
            status=answer.status_code, headers=end_to_end(answer.headers.multi_items()), body=answer.content
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _exception(script: str, reason: str) -> Response:
    log.warning("The Worker %s: %s", script, reason)
    return page(500, "Worker threw exception", "<h1>Error 1101</h1><h2>Worker threw exception</h2>")
