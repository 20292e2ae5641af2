"""A branch that was restored from a snapshot takes the place of the one that it was restored for.

It gets its name, its computes, and with them the addresses by which clients know it. What was there keeps its data.
"""

from __future__ import annotations

from sandbox.cloud.neon.api.branches import ensure_free
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import BRANCHES, ENDPOINTS, Order, timestamp
from sandbox.state import Document


def put_in_place(plane: ControlPlane, branch: Document, target: Document, old_name: str | None) -> list[Order]:
    """Store `branch` as what `target` was, which is called `old_name` then; the orders that move the computes.

    The computes change places, so that none is lost. Inside the caller's transaction. Raises ApiError (409) where the
    name is taken.
    """
    now = timestamp(plane.context.clock())
    name = old_name or f"{target['name']}_old_{now}"
    ensure_free(plane, branch["project_id"], name)
    branch |= {"name": target["name"], "restore_status": "finalized", "updated_at": now}
    flags = {key: target[key] for key in ("default", "primary", "protected")}
    lost = {"default": False, "primary": False, "protected": False}
    target = target | {"name": name, "updated_at": now} | lost
    if target.get("_preserved") is None and not target.get("parent_id"):
        target["_preserved"] = True  # it is no longer the project's root
    branch |= flags
    plane.store.put(BRANCHES, target["id"], target)
    plane.store.put(BRANCHES, branch["id"], branch)
    orders = []
    moved = [(one, branch) for one in plane.store.find(ENDPOINTS, branch_id=target["id"])]
    moved += [(one, target) for one in plane.store.find(ENDPOINTS, branch_id=branch["id"])]
    for endpoint, new in moved:
        plane.store.put(ENDPOINTS, endpoint["id"], endpoint | {"branch_id": new["id"], "updated_at": now})
    for endpoint, new in moved:
        old = target if new is branch else branch
        orders.append(_order("suspend_compute", endpoint, old))
        if not endpoint["disabled"]:
            orders.append(_order("start_compute", endpoint, new))
    return orders


def _order(action: str, endpoint: Document, branch: Document) -> Order:
    return Order(action=action, branch_id=branch["id"], endpoint_id=endpoint["id"], work=action)
