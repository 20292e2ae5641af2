"""Bindings of an uploaded Worker: their kinds, and the check that their targets exist.

The codes for missing resources come from reports of the real API (alchemy-run/distilled#365, cloudflare/workers-sdk).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.cloud.cloudflare.protocol import ApiError, typed
from sandbox.cloud.cloudflare.workers import classes, workers
from sandbox.state import Document, Store

_HIDDEN = "secret_text"
_PERIODS = (10, 60)
_FIELDS: Mapping[str, Mapping[str, type]] = {
    "plain_text": {"text": str},
    _HIDDEN: {"text": str},
    "json": {"json": object},
    "service": {"service": str},
    "durable_object_namespace": {"class_name": str},
    "ratelimit": {"namespace_id": str, "simple": dict},
}
"""The simulated kinds, and the fields that each requires besides its name."""
_ABSENT: Mapping[str, Callable[[Document], ApiError]] = {
    "kv_namespace": lambda one: ApiError(400, 10041, f"KV namespace '{one.get('namespace_id')}' not found."),
    "r2_bucket": lambda one: ApiError(400, 10085, f"R2 bucket '{one.get('bucket_name')}' not found."),
    "d1": lambda one: ApiError(400, 10181, f"D1 database '{one.get('database_id') or one.get('id')}' not found."),
    "queue": lambda one: ApiError(400, 11000, f"Queue '{one.get('queue_name')}' not found."),
    "hyperdrive": lambda one: ApiError(400, 10157, f"Hyperdrive config '{one.get('id')}' not found."),
    "vectorize": lambda one: ApiError(400, 10159, f"Vectorize index '{one.get('index_name')}' not found."),
    "dispatch_namespace": lambda one: ApiError(400, 100119, f"Dispatch namespace '{one.get('namespace')}' not found."),
    "mtls_certificate": lambda one: ApiError(400, 100143, f"Certificate '{one.get('certificate_id')}' not found."),
}
"""The kinds of resources that the sandbox's account does not have, with their errors."""
_NOT_SIMULATED = (
    "ai",
    "ai_search",
    "ai_search_namespace",
    "analytics_engine",
    "assets",
    "browser",
    "data_blob",
    "flagship",
    "images",
    "inherit",
    "media",
    "pipelines",
    "secret_key",
    "secrets_store_secret",
    "send_email",
    "text_blob",
    "version_metadata",
    "vpc_network",
    "vpc_service",
    "wasm_module",
    "workflow",
)
"""Other kinds supported by the vendor's client (6.5.0)."""


def bindings(
    store: Store, account: str, name: str, metadata: Document, main: str, old: Document | None
) -> list[Document]:
    """Return an upload's bindings for the script `name`, new and kept; `main` is its main module. Raises ApiError."""
    new = [typed(binding, name=str, type=str) for binding in metadata.get("bindings") or []]
    names = [binding.get("name") for binding in new]
    for each in names:
        if not each or names.count(each) > 1:
            raise ApiError(400, 10021, f"Binding name '{each}' already in use." if each else "A binding needs a name.")
    for binding in new:
        _validate(binding)
    new = [_resolved(store, account, name, binding, main) for binding in new]
    kinds = metadata.get("keep_bindings") or []
    kept = [one for one in (old["bindings"] if old else []) if one["type"] in kinds and one["name"] not in names]
    return new + kept


def shown(bound: list[Document]) -> list[Document]:
    """Return the bindings without the values of secrets."""
    return [{"name": one["name"], "type": one["type"]} if one["type"] == _HIDDEN else one for one in bound]


def users(store: Store, script: Document) -> list[str]:
    """Return the names of other Workers that bind this one, as a service or for one of its Durable Objects."""
    others = store.find(workers.COLLECTION, _account_id=script["_account_id"])
    return [
        str(other["id"])
        for other in others
        if other["id"] != script["id"]
        and any(script["id"] in (one.get("service"), one.get("script_name")) for one in other["bindings"])
    ]


def secrets(bound: list[Document]) -> dict[str, str]:
    """Return the values of the secrets, by name."""
    return {one["name"]: one["text"] for one in bound if one["type"] == _HIDDEN}


def _validate(binding: Document) -> None:
    kind, name = str(binding.get("type")), binding["name"]
    if kind in _ABSENT:
        raise _ABSENT[kind](binding)
    if kind in _NOT_SIMULATED:
        raise ApiError(400, 10021, f"The sandbox does not simulate bindings of type {kind} ('{name}').")
    if kind not in _FIELDS:
        raise ApiError(400, 10021, f"Binding '{name}' has the unknown type '{kind}'.")
    for field, wanted in _FIELDS[kind].items():
        value = binding.get(field)
        if field not in binding or not isinstance(value, wanted) or (value == "" and field != "text"):
            raise ApiError(400, 10021, f"Binding '{name}' of type {kind} needs a valid '{field}'.")
    if kind == "service" and binding.get("entrypoint"):
        raise ApiError(400, 10021, f"The sandbox does not simulate named entrypoints ('{name}').")
    if kind == "ratelimit" and not _is_limit(binding["simple"]):
        raise ApiError(400, 10021, f"Binding '{name}' needs a limit above 0 and a period of 10 or 60 seconds.")


def _is_limit(simple: Mapping[str, Any]) -> bool:
    limit, period = simple.get("limit"), simple.get("period")
    return isinstance(limit, int | float) and limit >= 1 and isinstance(period, int | float) and period in _PERIODS


def _resolved(store: Store, account: str, name: str, binding: Document, main: str) -> Document:
    """Return the binding. Raises ApiError if its target is missing. A Worker may bind itself at its first upload."""
    field = {"service": "service", "durable_object_namespace": "script_name"}.get(binding["type"], "")
    other = binding.get(field)
    if other and other != name and workers.find(store, account, str(other)) is None:
        if field == "service":
            text = f"Service binding '{binding['name']}' references Worker '{other}' which was not found."
            raise ApiError(400, 10143, text)
        raise ApiError(400, 10061, f"Cannot create binding for class in script '{other}' that does not exist.")
    if field == "script_name":
        return classes.resolve(store, account, name, binding, main)
    return binding
