"""A stand-in for GitHub's REST API on loopback: comments, issues and pull requests of one repository, kept in memory.

It has the limits that a report meets: pages, a token that must be right, a workflow's token that may not query its own
user, and the longest body. Source: docs.github.com/rest/issues.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "ghs_stand_in"
REPOSITORY = "prductr-com/launch"
BOT = "github-actions[bot]"
LONGEST = 65_536


@dataclass
class World:
    """The contents of the repository, and the requests that it got."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[int, str] = field(default_factory=dict)
    """State of each pull request: open or closed."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    login: str = BOT
    """Owner of the token."""
    port: int = 0
    number: int = 0

    def environment(self) -> dict[str, str]:
        """Return the environment of a workflow of this repository."""
        return {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": f"http://127.0.0.1:{self.port}",
        }

    def comment(self, body: str, *, login: str = "somebody", number: int = 7) -> dict[str, Any]:
        """Add an existing comment."""
        self.number += 1
        found = {"id": self.number, "body": body, "user": {"login": login}, "issue": number}
        found["html_url"] = f"https://github.example/{REPOSITORY}/pull/{number}#issuecomment-{self.number}"
        self.comments.append(found)
        return found

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and JSON."""
        root = f"/repos/{REPOSITORY}"
        parts = path.removeprefix(root).strip("/").split("/")
        if path == "/user":
            refused = {"message": "Resource not accessible by integration"}
            return (403, refused) if self.login == BOT else (200, {"login": self.login})
        if not path.startswith(root):
            return 404, {"message": "Not Found"}
        if len(body.get("body", "")) > LONGEST:
            return 422, {"message": "Validation Failed: body is too long (maximum is 65536 characters)"}
        match method, parts:
            case "GET", ["pulls", number] if int(number) in self.pulls:
                return 200, {"number": int(number), "state": self.pulls[int(number)]}
            case "GET", ["issues", number, "comments"]:
                return 200, self._page([each for each in self.comments if each["issue"] == int(number)], query)
            case "POST", ["issues", number, "comments"]:
                return 201, self.comment(body["body"], login=self.login, number=int(number))
            case (("PATCH" | "DELETE"), ["issues", "comments", identity]):
                return self._of_comment(method, int(identity), body)
            case "GET", ["issues"]:
                found = [each for each in self.issues if query.get("labels") in each["labels"]]
                return 200, self._page([e for e in found if e["user"]["login"] == query.get("creator")], query)
            case "POST", ["issues"]:
                made = {"number": len(self.issues) + 1, "state": "open", "user": {"login": self.login}, **body}
                self.issues.append(made)
                return 201, made
            case "PATCH", ["issues", number]:
                found = [each for each in self.issues if each["number"] == int(number)]
                if not found:
                    return 404, {"message": "Not Found"}
                found[0].update(body)
                return 200, found[0]
        return 404, {"message": "Not Found"}

    def _of_comment(self, method: str, identity: int, body: dict[str, Any]) -> tuple[int, Any]:
        found = next((each for each in self.comments if each["id"] == identity), None)
        if found is None:
            return 404, {"message": "Not Found"}
        if method == "DELETE":
            self.comments.remove(found)
            return 204, None
        found["body"] = body["body"]
        return 200, found

    @staticmethod
    def _page(found: list[Any], query: dict[str, str]) -> list[Any]:
        size, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
        return found[(page - 1) * size : page * size]


@contextmanager
def github() -> Iterator[World]:
    """Yield the stand-in, which runs until the end of the block."""
    world = World()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            world.calls.append((self.command, parts.path))
            if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                status, found = world.answer(self.command, parts.path, dict(parse_qsl(parts.query)), body)
            else:
                status, found = 401, {"message": "Bad credentials"}
            content = b"" if found is None else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 -- the library's names

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    world.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
