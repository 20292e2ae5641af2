"""Files that a client uploads before it deploys them. Only their digests are kept, for a deployment that lists them.

The files are not built: a project's hosts serve the stand-in for its folder, as after a git deployment.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.cloud.vercel.protocol import ApiError, Call, bad_request
from sandbox.state import Document

COLLECTION = "vercel.files"


def upload(call: Call) -> Document:
    """Store a file's digest. Raises ApiError unless it matches the client's."""
    content = call.body if isinstance(call.body, bytes) else b""
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if call.headers.get("x-now-digest", call.headers.get("x-vercel-digest")) != digest:
        raise bad_request("The digest of the file does not match the header `x-vercel-digest`.")
    call.store.put(COLLECTION, f"{call.owner()}/{digest}", {"digest": digest, "size": len(content)})
    return {"urls": []}


def require(call: Call, files: list[Any]) -> None:
    """Raise ApiError unless each file is in the request or was uploaded; its `missing` lists the digests."""
    missing = []
    for file in files:
        if not isinstance(file, dict) or not isinstance(file.get("file"), str):
            raise bad_request("Invalid request: each of `files` should have a `file`.")
        digest = file.get("sha")
        if digest is None and not isinstance(file.get("data"), str):
            raise bad_request("Invalid request: each of `files` should have `sha` or `data`.")
        if digest is not None and not call.store.get(COLLECTION, f"{call.owner()}/{digest}"):
            missing.append(digest)
    if missing:
        raise ApiError(400, "missing_files", "Missing files", missing=list(dict.fromkeys(missing)))
