"""From a host name to a running server, for both the front door and SQL over HTTP."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import BRANCHES, ENDPOINTS, naming
from sandbox.postgres import PostgresError
from sandbox.state import Document

_LOG = logging.getLogger("sandbox.cloud.neon")
_PATIENCE = 60.0
"""Seconds that a connection waits for a branch that is being created."""
_STEP = 0.05

NOT_FOUND = (
    "The requested endpoint could not be found, or you don't have access to it."
    " Please check the provided ID and try again."
)
DISABLED = "The endpoint has been disabled. Enable it using Neon API and retry."
NOT_READY = "Control plane request failed"


class GatewayError(Exception):
    """The host leads to no server; the message is the one that Neon sends its clients."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The destination of a connection."""

    endpoint_id: str
    branch_id: str
    port: int
    pooled: bool
    read_only: bool


def find(plane: ControlPlane, label: str) -> tuple[Document, bool]:
    """Return the endpoint of a host's first label, and whether the label is the pooled one. Raises GatewayError."""
    endpoint = plane.store.get(ENDPOINTS, label.removesuffix(naming.POOLER))
    if endpoint is None:
        raise GatewayError(NOT_FOUND)
    return endpoint, label.endswith(naming.POOLER)


def target(plane: ControlPlane, label: str) -> Target:
    """Return the server behind a host's first label, woken if it sleeps. Blocks. Raises GatewayError."""
    endpoint, pooled = find(plane, label)
    if endpoint["disabled"]:
        raise GatewayError(DISABLED)
    _await_branch(plane, endpoint["branch_id"])
    try:
        server = plane.computes.start(endpoint["branch_id"])
    except PostgresError as error:
        _LOG.error("the PostgreSQL of branch %s cannot start: %s", endpoint["branch_id"], error)
        raise GatewayError(NOT_READY) from None
    plane.settle(ENDPOINTS, endpoint["id"], "active", "started_at")
    return Target(
        endpoint_id=endpoint["id"],
        branch_id=endpoint["branch_id"],
        port=server.port,
        pooled=pooled,
        read_only=endpoint["type"] == "read_only",
    )


def _await_branch(plane: ControlPlane, branch_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        branch = plane.store.get(BRANCHES, branch_id)
        if branch is None:
            raise GatewayError(NOT_FOUND)
        if branch["current_state"] == "ready":
            return
        if time.monotonic() > deadline or plane.closed.wait(_STEP):
            raise GatewayError(NOT_READY)
