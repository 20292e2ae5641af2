"""The code of a Worker as Cloudflare gives it: one text, or the parts of a multipart form."""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes

_ONLY = "index.js"
"""Name for the one module of an answer that names none."""


def read(headers: Mapping[str, str], content: bytes) -> tuple[str, dict[str, str]]:
    """Name of the main module, and the text of each by name. What is not text, such as WebAssembly, is left out."""
    kind = headers.get("content-type", "")
    main = headers.get("cf-entrypoint", "")
    if not kind.startswith("multipart/"):
        return main or _ONLY, {main or _ONLY: content.decode(errors="replace")}
    form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
    found: dict[str, str] = {}
    for part in form.walk():
        name = part.get_filename() or part.get_param("name", header="content-disposition")
        body = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(body, bytes):
            continue
        try:
            found[name] = body.decode()
        except UnicodeDecodeError:
            continue
    return main or next(iter(found), _ONLY), found
