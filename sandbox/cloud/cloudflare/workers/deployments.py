"""Deployments of a Worker, which select the version for visitors. The newest is in effect; the edge follows it."""

from __future__ import annotations

import uuid

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, public, public_list, route, typed
from sandbox.cloud.cloudflare.workers import bindings, uploads, versions, workers
from sandbox.state import Context, Document, Store

COLLECTION = "cloudflare.workers_deployments"
_ALL = 100


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, create, read and delete deployments."""
    deployments = "/accounts/{account}/workers/scripts/{script}/deployments"
    return [
        route(context, deployments, get=_list, post=_create),
        route(context, f"{deployments}/{{deployment}}", get=_get, delete=_delete),
    ]


def of_script(store: Store, script: Document) -> list[Document]:
    """Return every deployment, oldest first."""
    return store.find(COLLECTION, _script=workers.key(script))


def add(call: Call, version: Document, annotations: Document, trigger: str) -> Document:
    """Deploy this version to all visitors."""
    deployment = {
        "id": str(uuid.uuid4()),
        "source": call.source,
        "strategy": "percentage",
        "author_email": versions.AUTHOR["author_email"],
        "annotations": annotations | {"workers/triggered_by": trigger},
        "versions": [{"version_id": version["id"], "percentage": _ALL}],
        "created_on": call.now(),
        "_script": version["_script"],
    }
    call.store.put(COLLECTION, deployment["id"], deployment)
    return deployment


def _list(call: Call) -> Document:
    newest_first = of_script(call.store, workers.existing(call))[::-1]
    return {"deployments": public_list(newest_first)}


def _create(call: Call) -> Document:
    script, wanted = workers.existing(call), call.object(strategy=str, versions=list, annotations=dict)
    if wanted.get("strategy") != "percentage":
        raise ApiError(400, 10021, "The strategy of a deployment must be percentage.")
    shares = [typed(share, version_id=str) for share in wanted.get("versions") or []]
    chosen = [versions.existing(call, script, share.get("version_id")) for share in shares]
    if sum(_percentage(share) for share in shares) != _ALL:
        raise ApiError(400, 10021, "The percentages of a deployment's versions must add to 100.")
    if len(chosen) != 1:
        raise ApiError(400, 10021, "The sandbox does not simulate gradual deployments: give one version 100 percent.")
    if chosen[0]["_lifecycle"] < script["_lifecycle"]:
        text = "A Durable Object migration has occurred since this version was deployed: it cannot be deployed again."
        raise ApiError(400, 10021, text)
    if call.query.get("force") != "true":
        _refuse_changed_secrets(call, script, chosen[0])
    annotations = uploads.described(wanted, "workers/message")
    return public(add(call, chosen[0], annotations, "deployment"))


def _percentage(share: Document) -> float:
    """Return the version's share of the visitors. Raises ApiError."""
    percentage = share.get("percentage")
    if isinstance(percentage, bool) or not isinstance(percentage, int | float) or not 0 < percentage <= _ALL:
        raise ApiError(400, 10021, "The percentage of a version must be above 0 and at most 100.")
    return percentage


def _refuse_changed_secrets(call: Call, script: Document, chosen: Document) -> None:
    """Raise ApiError if this rolls back to a version whose secrets differ from those of the deployed one."""
    deployments = of_script(call.store, script)
    if not deployments:
        return
    current = versions.existing(call, script, deployments[-1]["versions"][0]["version_id"])
    before, after = (bindings.secrets(one["_content"]["bindings"]) for one in (chosen, current))
    if chosen["number"] < current["number"] and before != after:
        names = ", ".join(sorted(name for name in before | after if before.get(name) != after.get(name)))
        # The vendor's command line parses the names after the colon.
        raise ApiError(400, 10220, f"The following secrets have changed: {names}")


def _get(call: Call) -> Document:
    return public(_deployment(call))


def _delete(call: Call) -> None:
    deployment = _deployment(call)
    if deployment["id"] == of_script(call.store, workers.existing(call))[-1]["id"]:
        raise ApiError(400, 10021, "The latest deployment serves visitors and cannot be deleted.")
    call.store.delete(COLLECTION, deployment["id"])


def _deployment(call: Call) -> Document:
    script, deployment = workers.existing(call), call.store.get(COLLECTION, call.params["deployment"])
    if deployment is None or deployment["_script"] != workers.key(script):
        raise ApiError(404, 100146, "This deployment of the Worker does not exist.")
    return deployment
