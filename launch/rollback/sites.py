"""Sites at Vercel: an earlier production deployment is promoted, with the environment that it was built with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from contract.resource_types import VERCEL_PROJECT
from launch.rollback.model import How, Step
from vendors import Vercel

PROMOTE = "promote"


def steps(resources: Iterable[Mapping[str, Any]], vercel: Vercel, at: datetime) -> Iterator[Step]:
    """Yield a step for each project of the state. Raises VendorError."""
    for each in resources:
        if each["type"] == VERCEL_PROJECT and each.get("id"):
            yield _step(str(each["id"]), vercel, at)


def _step(project: str, vercel: Vercel, at: datetime) -> Step:
    document = vercel.project(project) or {}
    name = f"site {document.get('name', project)}"
    present = serving(vercel, project)
    ready = vercel.deployments(project, target="production", state="READY")
    earlier = [one for one in ready if _made(one) <= at.timestamp()]
    if not earlier:
        remedy = "Deploy the commit of that time anew: `git revert`, then `pulumi up`."
        return Step(subject=name, how=How.NEVER, detail="no production deployment of that time is left", remedy=remedy)
    wanted = max(earlier, key=_made)
    id_ = str(wanted.get("uid") or wanted["id"])
    if id_ == present:
        return Step(subject=name, how=How.SAME, detail=f"{id_} serves, as it did then")
    return Step(
        subject=name,
        how=How.ITSELF,
        detail=f"{id_} is promoted again, with the variables that it was built with; {present or 'nothing'} serves now",
        action=PROMOTE,
        place=project,
        wanted=id_,
    )


def serving(vercel: Vercel, project: str) -> str:
    """Return the id of the deployment that serves production's hosts; "" if none."""
    found = (vercel.project(project) or {}).get("targets") or {}
    return str((found.get("production") or {}).get("id") or "")


def _made(deployment: Mapping[str, Any]) -> float:
    return float(deployment.get("createdAt") or deployment["created"]) / 1000
