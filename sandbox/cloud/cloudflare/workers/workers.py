"""The Workers of an account, by name. Each has one document: its latest version, deployed or not."""

from __future__ import annotations

from sandbox.cloud.cloudflare.protocol import ApiError, Call
from sandbox.state import Document, Store

COLLECTION = "cloudflare.workers_scripts"


def key(script: Document) -> str:
    """Return the script's key, unique across all accounts: ACCOUNT/NAME."""
    return f"{script['_account_id']}/{script['id']}"


def find(store: Store, account: str, name: str) -> Document | None:
    """Return the script, or None."""
    return store.get(COLLECTION, f"{account}/{name}")


def existing(call: Call) -> Document:
    """Return the script in the path. Raises ApiError."""
    script = find(call.store, call.account()["id"], call.params["script"])
    if script is None:
        raise missing()
    return script


def missing() -> ApiError:
    """Return the error for a script that does not exist."""
    return ApiError(404, 10007, "This Worker does not exist on your account.")
