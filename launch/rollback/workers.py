"""Workers: an earlier version is deployed again, with the bindings and secrets that it had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from contract.resource_types import WORKERS_SCRIPT
from launch.rollback.model import How, Step
from vendors import Cloudflare

VERSION = "version"


def steps(resources: Iterable[Mapping[str, Any]], cloudflare: Cloudflare, at: datetime) -> Iterator[Step]:
    """Yield a step for each Worker of the state. Raises VendorError."""
    for each in resources:
        if each["type"] == WORKERS_SCRIPT and each.get("inputs"):
            yield _step(str(each["inputs"]["accountId"]), str(each["inputs"]["scriptName"]), cloudflare, at)


def _step(account: str, script: str, cloudflare: Cloudflare, at: datetime) -> Step:
    name = f"Worker {script}"
    deployed = cloudflare.script_part(account, script, "deployments")["deployments"]
    present = _version(deployed[0]) if deployed else ""
    earlier = [one for one in deployed if datetime.fromisoformat(str(one["created_on"])) <= at]
    if not earlier:
        return Step(
            subject=name,
            how=How.NEVER,
            detail="it was not there then, or its version is no longer kept",
            remedy="Upload the module of that time: `git revert`, then `pulumi up`.",
        )
    wanted = _version(max(earlier, key=lambda one: datetime.fromisoformat(str(one["created_on"]))))
    if wanted == present:
        return Step(subject=name, how=How.SAME, detail=f"version {wanted} serves, as it did then")
    if _tag(cloudflare, account, script, wanted) != _tag(cloudflare, account, script, present):
        return Step(
            subject=name,
            how=How.NEVER,
            detail="a migration of its Durable Object classes lies between, across which no version goes back",
            remedy="Write the next version so that it works with the classes of today.",
        )
    return Step(
        subject=name,
        how=How.ITSELF,
        detail=f"version {wanted} is deployed again, with its bindings and secrets; {present} serves now",
        action=VERSION,
        place=f"{account}/{script}",
        wanted=wanted,
    )


def serving(cloudflare: Cloudflare, account: str, script: str) -> str:
    """Return the id of the version that serves visitors; "" if none."""
    deployed = cloudflare.script_part(account, script, "deployments")["deployments"]
    return _version(deployed[0]) if deployed else ""


def _version(deployment: Mapping[str, Any]) -> str:
    return str(max(deployment["versions"], key=lambda each: each["percentage"])["version_id"])


def _tag(cloudflare: Cloudflare, account: str, script: str, version: str) -> str:
    found = cloudflare.script_part(account, script, f"versions/{version}")
    return str(((found.get("resources") or {}).get("script_runtime") or {}).get("migration_tag") or "")
