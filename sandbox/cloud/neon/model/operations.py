"""Operations: the work that a change starts, run one after another while the client polls.

A job is the list of operations of one change. Its work is real (creating a cluster, a role) and runs in a thread; every
step is repeatable, so that a job interrupted by a crash resumes at the next start.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.cloud.neon.model.errors import locked
from sandbox.state import Context, Document

COLLECTION = "neon.operations"

_LOG = logging.getLogger("sandbox.cloud.neon")
_LEAST_SECONDS = 0.2
"""The minimum duration of an operation, so that a client that does not wait runs into the lock."""
_WORKERS = 4

Work = Callable[[Document], None]
"""A callable that does an operation's work; raises if it fails."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """An operation that a change requires."""

    action: str
    branch_id: str | None = None
    endpoint_id: str | None = None
    work: str | None = None
    """The name of the work to do; None if there is nothing to do."""
    details: tuple[tuple[str, Any], ...] = ()


class Operations:
    """The operations of all projects, stored and run."""

    def __init__(self, context: Context, works: dict[str, Work]) -> None:
        self._context = context
        self._works = works
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="neon-operation")

    def order(self, project_id: str, orders: Sequence[Order]) -> tuple[list[Document], str]:
        """Store a job inside the caller's transaction, and return its operations and id. `begin` starts it."""
        job = str(uuid.uuid4())
        made = [self._new(project_id, job, number, order) for number, order in enumerate(orders)]
        return [self.shown(operation) for operation in made], job

    def begin(self, job: str) -> Future[None]:
        """Run a stored job in the background."""
        return self._pool.submit(self._run, job)

    def resume(self) -> None:
        """Resume every unfinished job, and wait for all of them."""
        jobs = dict.fromkeys(operation["_job"] for operation in self._context.store.find(COLLECTION, _done=False))
        for started in [self.begin(job) for job in jobs]:
            started.result()

    def drain(self) -> None:
        """Wait until all jobs have finished."""
        self._pool.shutdown(wait=True)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="neon-operation")

    def close(self) -> None:
        """Finish the current work; the rest waits for the next start."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def shown(self, operation: Document) -> Document:
        """Return the operation as the API shows it at this moment."""
        shown = {key: value for key, value in operation.items() if not key.startswith("_")}
        if operation["_done"] and not self._running(operation):
            shown["status"] = operation["_outcome"]
        return shown

    def ensure_idle(self, project_id: str, branch_id: str | None = None) -> None:
        """Raise ApiError (423) while an operation is running in the branch, or (None) anywhere in the project."""
        for operation in self._context.store.find(COLLECTION, project_id=project_id):
            branches = (operation.get("branch_id"), operation["_details"].get("source_id"))
            concerned = branch_id is None or branches[0] is None or branch_id in branches
            if concerned and self._running(operation):
                raise locked()

    def _running(self, operation: Document) -> bool:
        age = self._context.clock().timestamp() - operation["_began"]
        return not operation["_done"] or age < _LEAST_SECONDS

    def _new(self, project_id: str, job: str, number: int, order: Order) -> Document:
        now = self._context.clock()
        where = {"branch_id": order.branch_id, "endpoint_id": order.endpoint_id}
        operation: Document = {
            "id": str(uuid.uuid4()),
            "project_id": project_id,
            **{key: value for key, value in where.items() if value},
            "action": order.action,
            "status": "scheduling" if number else "running",
            "failures_count": 0,
            "created_at": timestamp(now),
            "updated_at": timestamp(now),
            "total_duration_ms": 0,
            "_job": job,
            "_began": now.timestamp(),
            "_work": order.work,
            "_details": dict(order.details),
            "_done": False,
            "_outcome": None,
        }
        self._context.store.put(COLLECTION, operation["id"], operation)
        return operation

    def _run(self, job: str) -> None:
        failed = False
        for operation in self._context.store.find(COLLECTION, _job=job, _done=False):
            outcome, error = ("cancelled", None) if failed else self._do(operation)
            failed = outcome != "finished"
            self._end(operation, outcome, error)

    def _do(self, operation: Document) -> tuple[str, str | None]:
        if operation["_work"] is None:
            return "finished", None
        try:
            self._works[operation["_work"]](operation)
        except Exception as error:  # on any error the operation has failed, and its client must see that
            _LOG.exception("%s failed in %s", operation["_work"], operation["project_id"])
            return "failed", str(error)
        return "finished", None

    def _end(self, operation: Document, outcome: str, error: str | None) -> None:
        now = self._context.clock()
        operation |= {
            "updated_at": timestamp(now),
            "total_duration_ms": max(0, round((now.timestamp() - operation["_began"]) * 1000)),
            "failures_count": int(outcome == "failed"),
            "_done": True,
            "_outcome": outcome,
        }
        if error:
            operation["error"] = error
        with self._context.store.transaction():
            if self._context.store.get(COLLECTION, operation["id"]):
                self._context.store.put(COLLECTION, operation["id"], operation)


def timestamp(moment: datetime) -> str:
    """Return a moment in Neon's format: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
