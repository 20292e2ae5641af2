"""Instances of Neon Auth, one for each branch that has it enabled: the host, the signing keys, the users.

A branch inherits a copy of its parent's instance, including keys and users, under its own host. Here the copy is made
when the branch's instance is first looked up, not when the branch is created.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.cloud.neon.model import BRANCHES, ENDPOINTS
from sandbox.state import Document, Store

COLLECTION = "neon.auth"
SESSIONS = "neon.auth_sessions"
STANDING_HOST = "ep-quiet-harbor.neonauth.eu-central-1.aws.neon.build"
"""The instance that every sandbox has from the start; production's was created by hand, see Pulumi.sandbox.yaml."""
_DATABASE = "neondb"


def add(store: Store, host: str, database: str = _DATABASE, branch: str | None = None) -> Document:
    """Create an instance with its own key."""
    instance: Document = {"host": host, "database": database, "branch_id": branch, "keys": [_key()], "users": {}}
    return put(store, instance)


def put(store: Store, instance: Document) -> Document:
    """Store an instance, and return it."""
    store.put(COLLECTION, str(instance["host"]), instance)
    return instance


def forget(store: Store, instance: Document) -> None:
    """Delete an instance with its users, keys and sessions."""
    with store.transaction():
        for session in store.find(SESSIONS, host=instance["host"]):
            store.delete(SESSIONS, str(session["id"]))
        store.delete(COLLECTION, str(instance["host"]))


def find(store: Store, host: str) -> Document | None:
    """Return the instance at this host; a new branch gets a copy of its nearest ancestor's. None if there is none."""
    found = store.get(COLLECTION, host)
    if found is not None:
        return found
    branch = next((branch for branch, its_host in _branch_hosts(store) if its_host == host), None)
    return of_branch(store, branch) if branch else None


def of_branch(store: Store, branch: Document) -> Document | None:
    """Return the branch's instance, as `find` does."""
    for instance in store.find(COLLECTION, branch_id=branch["id"]):
        return instance
    host = host_of(store, branch)
    parent = store.get(BRANCHES, str(branch.get("parent_id")))
    inherited = of_branch(store, parent) if parent else None
    return put(store, inherited | {"host": host, "branch_id": branch["id"]}) if inherited and host else None


def hosts(store: Store) -> Iterator[str]:
    """Yield every host with an instance."""
    known = {str(instance["host"]): instance["branch_id"] for instance in store.find(COLLECTION)}
    yield from known
    with_auth = set(known.values()) - {None}
    for branch, host in _branch_hosts(store) if with_auth else ():
        if host not in known and _has_ancestor(store, branch, with_auth):
            yield host


def host_of(store: Store, branch: Document) -> str | None:
    """Return the host of a branch's instance: that of its read-write endpoint; None if it has none."""
    for endpoint in store.find(ENDPOINTS, branch_id=branch["id"], type="read_write"):
        name, _, domain = str(endpoint["host"]).partition(".")
        return f"{name}.neonauth.{domain}"
    return None


def _branch_hosts(store: Store) -> Iterator[tuple[Document, str]]:
    for branch in store.find(BRANCHES):
        if host := host_of(store, branch):
            yield branch, host


def _has_ancestor(store: Store, branch: Document, wanted: set[object]) -> bool:
    while parent := store.get(BRANCHES, str(branch.get("parent_id"))):
        if parent["id"] in wanted:
            return True
        branch = parent
    return False


def _key() -> Document:
    """Return a key pair for EdDSA. Better Auth stores `d` encrypted in the database, so a copied branch has it too."""
    private = Ed25519PrivateKey.generate()
    seed, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    return {"kid": str(uuid.uuid4()), "x": encoded(public), "d": encoded(seed)}


def encoded(data: bytes) -> str:
    """Encode in base64 for URLs, without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
