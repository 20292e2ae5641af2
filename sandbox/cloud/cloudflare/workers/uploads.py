"""The upload form of a Worker: a `metadata` part and one part for each module.

Each upload replaces code and bindings, including secrets, except bindings of a kind in `keep_bindings`. The code does
not run here; the edge finds out whether it starts.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date

from sandbox.cloud.cloudflare.protocol import ApiError, Call, new_id, typed
from sandbox.cloud.cloudflare.workers import bindings, classes, workers
from sandbox.state import Document

OPTIONAL_SETTINGS = ("tags", "limits", "observability", "cache_options", "tail_consumers", "placement")
"""Settings that a script has only if its upload named them: the provider would treat others as a change."""
_TYPES: dict[str, type] = {
    **dict.fromkeys(("main_module", "compatibility_date", "usage_model"), str),
    **dict.fromkeys(("compatibility_flags", "bindings", "keep_bindings", "tags", "tail_consumers"), list),
    **dict.fromkeys(("limits", "observability", "placement", "annotations", "assets", "migrations"), dict),
    "logpush": bool,
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_MESSAGE, _LONGEST_TAG = 1000, 100
"""Limits in bytes. A longer message is truncated, a longer tag refused."""


def read(
    call: Call, account: str, name: str, old: Document | None, *, deployed: bool = True
) -> tuple[Document, Document]:
    """Return the uploaded script's document, not stored yet, and its version's annotations. Raises ApiError.

    An upload that is not `deployed` at once must not contain a migration.
    """
    metadata, modules = _parts(call)
    if metadata.get("migrations") and not deployed:
        text = "Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object "
        raise ApiError(400, 10211, text + "migration, but migrations must be fully applied by a deployment.")
    main = metadata.get("main_module")
    if main not in modules:
        raise ApiError(400, 10021, f'No such module "{main}".')
    if metadata.get("assets"):
        raise ApiError(400, 10021, "The sandbox does not simulate the assets of a Worker.")
    _refuse_date(call, metadata.get("compatibility_date"))
    refuse_tail_consumers(call, account, name, metadata)
    now = call.now()
    migrated = classes.migrated(call, account, name, metadata, modules[main], old)
    script = {
        "id": name,
        "tag": old["tag"] if old else new_id(),
        "etag": hashlib.sha256(json.dumps(modules).encode()).hexdigest(),
        "handlers": ["fetch"],
        "has_assets": False,
        "has_modules": True,
        "created_on": old["created_on"] if old else now,
        "modified_on": now,
        "last_deployed_from": call.source,
        "compatibility_date": metadata.get("compatibility_date"),
        "compatibility_flags": metadata.get("compatibility_flags") or [],
        "usage_model": metadata.get("usage_model") or "standard",
        "logpush": bool(metadata.get("logpush")),
        **{key: metadata[key] for key in OPTIONAL_SETTINGS if metadata.get(key)},
        "main_module": main,
        "modules": modules,
        "bindings": bindings.bindings(call.store, account, name, metadata, modules[main], old),
        **migrated,
        "_account_id": account,
    }
    return script, described(metadata, "workers/message", "workers/tag")


def described(body: Document, *names: str) -> Document:
    """Return the body's annotations with these names. Raises ApiError."""
    given = typed(body.get("annotations") or {}, **dict.fromkeys(names, str))
    found = {name: given[name] for name in names if given.get(name)}
    if len(found.get("workers/tag", "").encode()) > _LONGEST_TAG:
        raise ApiError(400, 10021, f"The annotation workers/tag may have {_LONGEST_TAG} bytes.")
    if message := found.get("workers/message"):
        found["workers/message"] = message.encode()[:_LONGEST_MESSAGE].decode(errors="ignore")
    return found


def _parts(call: Call) -> tuple[Document, dict[str, str]]:
    """Return the metadata, and the text of each module by its name."""
    parts = dict(call.form)
    try:
        metadata = json.loads(parts.pop("metadata"))
        modules = {name: content.decode() for name, content in parts.items()}
    except KeyError:
        raise ApiError(400, 10002, "Missing the metadata part of the multipart form.") from None
    except (ValueError, UnicodeDecodeError):
        raise ApiError(400, 10002, "Could not parse the multipart form.") from None
    return typed(metadata, **_TYPES), modules


def _refuse_date(call: Call, text: str | None) -> None:
    if text is None:
        return
    try:
        wanted = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        wanted = None
    if wanted is None:
        raise ApiError(400, 10021, f"Invalid compatibility date: {text}")
    if wanted > call.context.clock().date():
        raise ApiError(400, 10021, f"Can't set compatibility date in the future: {text}")


def refuse_tail_consumers(call: Call, account: str, name: str, metadata: Document) -> None:
    """Raise ApiError if a Worker that should consume the script's events does not exist."""
    for consumer in metadata.get("tail_consumers") or []:
        service = typed(consumer, service=str).get("service")
        if service != name and (not service or workers.find(call.store, account, service) is None):
            text = "Tail Worker does not exist on this account. Check the Worker name and try again."
            raise ApiError(400, 10203, text)
