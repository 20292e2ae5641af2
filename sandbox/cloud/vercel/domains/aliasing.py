"""Aliases: every host that leads to a deployment, and requests to point a host at one.

A project's domain that is pointed elsewhere returns with the project's next production. A host that no project has
becomes a mere alias; it must be below vercel.app or a domain of the scope.
"""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.deployments import aliases, builds
from sandbox.cloud.vercel.domains import domains
from sandbox.cloud.vercel.protocol import HOST, ApiError, Call, bad_request, not_found, page, route
from sandbox.state import Context, Document

_OURS = ".vercel.app"


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list (all, of a deployment), set, read and remove aliases."""
    return [
        *route(context, "2 3 4", "/aliases", get=_list),
        *route(context, "3", "/now/aliases", get=_list),
        *route(context, "2 4", "/aliases/{alias}", get=_get, delete=_remove),
        *route(context, "bare", "/now/aliases/{alias}", get=_get, delete=_remove),
        *route(context, "2", "/deployments/{deployment}/aliases", get=_of_deployment, post=_set),
        *route(context, "bare", "/now/deployments/{deployment}/aliases", get=_of_deployment, post=_set),
    ]


def _list(call: Call) -> Document:
    owned = call.store.find(aliases.DOMAINS, _owner=call.owner(), verified=True)
    project, name = call.query.get("projectId"), call.query.get("domain")
    found = [
        _shown(domain, deployment)
        for domain in owned
        if (deployment := aliases.deployment_behind(call.store, domain))
        and project in (None, domain["projectId"])
        and name in (None, domain["name"], domain["apexName"])
    ]
    return page("aliases", found, call.query)


def _of_deployment(call: Call) -> Document:
    deployment = builds.deployment_of(call)
    return {"aliases": [_shown(one, deployment) for one in aliases.of_deployment(call.store, deployment)]}


def _get(call: Call) -> Document:
    domain = _domain(call)
    return _shown(domain, aliases.deployment_behind(call.store, domain))


def _set(call: Call) -> Document:
    """Point a host at the deployment. Raises ApiError."""
    deployment, wanted = builds.deployment_of(call), call.object({"alias": str, "redirect": str}, required=("alias",))
    name = str(wanted["alias"]).lower()
    if "." not in name:
        name += _OURS
    if not HOST.fullmatch(name):
        raise ApiError(400, "invalid_alias", f'The alias "{name}" is not valid.')
    if wanted.get("redirect"):
        raise bad_request("Not simulated: `redirect` of an alias. Redirect a domain of the project.")
    if deployment["readyState"] != "READY":
        raise ApiError(400, "deployment_not_ready", "The deployment is not ready to be aliased.")
    taken = call.store.find(aliases.DOMAINS, name=name, verified=True)
    if any(other["_owner"] != deployment["ownerId"] for other in taken):
        raise ApiError(403, "forbidden", f"You don't have access to the domain {name}.")
    if not taken and not name.endswith(_OURS) and domains.owned(call, name) is None:
        raise ApiError(403, "forbidden", f"You don't have access to the domain {name}.")
    before = aliases.deployment_behind(call.store, taken[0]) if taken else None
    domain = taken[0] if taken else _new(call, deployment, name)
    if domain.get("_alias") and domain["projectId"] != deployment["projectId"]:
        call.store.delete(aliases.DOMAINS, domain["_id"])
        domain = _new(call, deployment, name)
    domain |= {"_pinned": deployment["id"], "updatedAt": call.now()}
    call.store.put(aliases.DOMAINS, domain["_id"], domain)
    answer: Document = {"uid": aliases.identifier(domain), "alias": name, "created": _time(domain)}
    return answer | ({"oldDeploymentId": before["id"]} if before else {})


def _remove(call: Call) -> Document:
    """Detach the host from its deployment. A domain stays with its project and follows production again."""
    domain = _domain(call)
    if domain.get("_alias"):
        call.store.delete(aliases.DOMAINS, domain["_id"])
    else:
        call.store.put(aliases.DOMAINS, domain["_id"], domain | {"_pinned": None})
    return {"status": "SUCCESS"}


def _domain(call: Call) -> Document:
    wanted = call.params["alias"].lower()
    for domain in call.store.find(aliases.DOMAINS, _owner=call.owner(), verified=True):
        leads = aliases.deployment_behind(call.store, domain)
        if leads and wanted in (domain["name"], aliases.identifier(domain)):
            return domain
    raise not_found("Alias")


def _new(call: Call, deployment: Document, name: str) -> Document:
    return {
        "_id": f"{deployment['projectId']}/{name}",
        "_owner": deployment["ownerId"],
        "_alias": True,
        "name": name,
        "apexName": ".".join(name.split(".")[-2:]),
        "projectId": deployment["projectId"],
        "project_id": deployment["projectId"],
        "redirect": None,
        "redirectStatusCode": None,
        "gitBranch": None,
        "customEnvironmentId": None,
        "createdAt": call.now(),
        "verified": True,
    }


def _shown(domain: Document, deployment: Document | None) -> Document:
    led = {"id": deployment["id"], "url": deployment["url"], "meta": {}} if deployment else None
    return {
        "uid": aliases.identifier(domain),
        "alias": domain["name"],
        "created": _time(domain),
        "createdAt": domain["createdAt"],
        "updatedAt": domain["updatedAt"],
        "deployment": led,
        "deploymentId": led["id"] if led else None,
        "projectId": domain["projectId"],
        "redirect": domain["redirect"],
        "redirectStatusCode": domain["redirectStatusCode"],
    }


def _time(domain: Document) -> str:
    created = datetime.fromtimestamp(domain["createdAt"] / 1000, UTC)
    return created.isoformat(timespec="milliseconds").replace("+00:00", "Z")
