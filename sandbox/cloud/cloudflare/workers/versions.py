"""Versions of a Worker: each upload creates one, with its code, bindings and secrets, deployed or not.

`_content` is the part of a version that the edge runs. `_script` is the key of the version's script.
"""

from __future__ import annotations

import uuid

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, Page, public, route
from sandbox.cloud.cloudflare.workers import bindings, uploads, workers
from sandbox.state import Context, Document, Store

COLLECTION = "cloudflare.workers_versions"
AUTHOR = {"author_id": "7c5dae5552338874e5053f2534d2767a", "author_email": "operator@prductr.com"}
"""The token's user."""
_RUNS = ("main_module", "modules", "bindings", "compatibility_date", "compatibility_flags")
_RUNTIME = ("compatibility_date", "compatibility_flags", "limits", "usage_model")
_STARTUP_MILLISECONDS = 4


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, upload without deploying, and read versions."""
    versions = "/accounts/{account}/workers/scripts/{script}/versions"
    return [
        route(context, versions, get=_list, post=_upload),
        route(context, f"{versions}/{{version}}", get=_get),
    ]


def of_script(store: Store, script: Document) -> list[Document]:
    """Return every version, oldest first."""
    return store.find(COLLECTION, _script=workers.key(script))


def add(call: Call, script: Document, annotations: Document, trigger: str) -> Document:
    """Store the script's document, and add it as the latest version."""
    call.store.put(workers.COLLECTION, workers.key(script), script)
    numbers = [version["number"] for version in of_script(call.store, script)]
    now = call.now()
    version: Document = {
        "id": str(uuid.uuid4()),
        "number": max(numbers, default=0) + 1,
        "metadata": {"created_on": now, "modified_on": now, "source": call.source, **AUTHOR, "hasPreview": False},
        "annotations": annotations | {"workers/triggered_by": trigger},
        "resources": {
            "bindings": bindings.shown(script["bindings"]),
            "script": {key: script[key] for key in ("etag", "handlers", "last_deployed_from")},
            "script_runtime": {key: script[key] for key in _RUNTIME if script.get(key)},
        },
        "_script": workers.key(script),
        "_content": {key: script[key] for key in _RUNS},
        "_lifecycle": script["_lifecycle"],
    }
    call.store.put(COLLECTION, version["id"], version)
    return version


def existing(call: Call, script: Document, id_: object) -> Document:
    """Return the script's version with this id. Raises ApiError."""
    version = call.store.get(COLLECTION, id_) if isinstance(id_, str) else None
    if version is None or version["_script"] != workers.key(script):
        raise ApiError(404, 100146, "This version of the Worker does not exist.")
    return version


def _list(call: Call) -> object:
    newest_first = of_script(call.store, workers.existing(call))[::-1]
    items = [public(version, "resources") for version in newest_first]
    if call.query.get("deployable") == "true":
        return {"items": items}
    return Page.of(items, call.query, size=10, largest=100, key="items")


def _get(call: Call) -> Document:
    return public(existing(call, workers.existing(call), call.params["version"]))


def _upload(call: Call) -> Document:
    old = workers.existing(call)
    script, annotations = uploads.read(call, old["_account_id"], old["id"], old, deployed=False)
    return public(add(call, script, annotations, "version_upload")) | {"startup_time_ms": _STARTUP_MILLISECONDS}
