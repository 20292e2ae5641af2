"""The control plane, which the API's routes, the front door and the service share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from sandbox.cloud.neon.compute import Computes
from sandbox.cloud.neon.control.jobs import Works
from sandbox.cloud.neon.model import BRANCHES, ENDPOINTS, PROJECTS, ApiError, Operations, Order, not_found, timestamp
from sandbox.state import Context, Document

_PLANES: dict[Path, ControlPlane] = {}
_REGISTRY = threading.Lock()


class ControlPlane:
    """Neon behind its API. A process has one for each sandbox, because its locks and threads must be shared."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.store = context.store
        self.closed = threading.Event()
        """Set when the plane stops, so that waiting callers give up."""
        self.computes = Computes(context.home, context.store)
        works = Works(context.store, self.computes, self.settle, context.clock)
        self.operations = Operations(context, works.by_name())

    @classmethod
    def of(cls, context: Context) -> ControlPlane:
        """Return the control plane of this sandbox, created by the first call and dropped by `close`."""
        with _REGISTRY:
            known = _PLANES.get(context.home.path)
            if known is None:
                known = _PLANES[context.home.path] = cls(context)
            return known

    def close(self) -> None:
        """Wait for running work to finish."""
        with _REGISTRY:
            _PLANES.pop(self.context.home.path, None)
        self.closed.set()
        self.operations.close()

    @contextmanager
    def change(self) -> Iterator[Change]:
        """A transaction on the store; the jobs ordered in it start once it has been committed."""
        change = Change(self)
        with self.store.transaction():
            yield change
        change.begin()

    def project(self, project_id: str) -> Document:
        """Return the project. Raises ApiError (404)."""
        return self._get(PROJECTS, project_id, "project", project_id)

    def branch(self, project_id: str, branch_id: str) -> Document:
        """Return the branch. Raises ApiError (404) for the project or the branch."""
        self.project(project_id)
        return self._get(BRANCHES, branch_id, "branch", project_id)

    def endpoint(self, project_id: str, endpoint_id: str) -> Document:
        """Return the endpoint. Raises ApiError (404) for the project or the endpoint."""
        self.project(project_id)
        return self._get(ENDPOINTS, endpoint_id, "endpoint", project_id)

    def settle(self, collection: str, id_: str, state: str, since: str) -> None:
        """Record a new state of a branch or endpoint, if it still exists, and the time (key `since`)."""
        with self.store.transaction():
            document = self.store.get(collection, id_)
            if document is None or (document["current_state"] == state and "pending_state" not in document):
                return
            document.pop("pending_state", None)
            reached = {"current_state": state, since: timestamp(self.context.clock())}
            self.store.put(collection, id_, document | reached)

    def _get(self, collection: str, id_: str, kind: str, project_id: str) -> Document:
        document = self.store.get(collection, id_)
        if document is None or document.get("project_id", project_id) != project_id:
            raise not_found(kind)
        return document


class Change:
    """The changes of one call: the jobs ordered while its transaction is open."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._jobs: list[str] = []
        self.started: list[Future[None]] = []
        """The running jobs, after the commit."""

    def order(self, project_id: str, *orders: Order) -> list[Document]:
        """Store operations that run one after another, and return them as the API shows them."""
        operations, job = self._plane.operations.order(project_id, orders)
        self._jobs.append(job)
        return operations

    def configure(self, branch: Document, work: str, **details: str) -> list[Document]:
        """Order work inside the branch's server, through its read-write endpoint.

        Raises ApiError: 404 if the branch has no such endpoint, 423 while other work is going on in the branch.
        """
        writers = self._plane.store.find(ENDPOINTS, branch_id=branch["id"], type="read_write")
        if not writers:
            raise ApiError(404, "no read-write endpoint for branch")
        self._plane.operations.ensure_idle(branch["project_id"], branch["id"])
        ordered = Order(
            action="apply_config",
            branch_id=branch["id"],
            endpoint_id=writers[0]["id"],
            work=work,
            details=tuple(details.items()),
        )
        return self.order(branch["project_id"], ordered)

    def begin(self) -> None:
        """Start the jobs."""
        self.started = [self._plane.operations.begin(job) for job in self._jobs]
