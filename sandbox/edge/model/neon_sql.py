"""Neon's SQL over HTTP for Workers: https://api.REGION.aws.neon.tech/sql, served by the cloud room."""

from __future__ import annotations

import re

import httpx

from sandbox.edge.model import Request, Response, end_to_end, text

HOST = re.compile(r"api\.[a-z0-9.-]+\.(?:aws|azure)\.neon\.(?:tech|build)")
_SECONDS = 60.0


class NeonSql:
    """A proxy to the cloud room. Close it at the end."""

    def __init__(self, cloud: int) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{cloud}/neon", trust_env=False, timeout=_SECONDS, follow_redirects=False
        )

    async def answer(self, request: Request) -> Response:
        """Return the response of Neon's proxy."""
        headers = [(name, value) for name, value in request.headers if name.lower() != "host"]
        try:
            answer = await self._client.request(request.method, request.target, headers=headers, content=request.body)
        except httpx.TransportError as error:
            return text(503, f"The sandbox's cloud room does not respond: {error}\n")
        return Response(
            status=answer.status_code, headers=end_to_end(answer.headers.multi_items()), body=answer.content
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
