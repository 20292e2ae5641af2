"""Workers under the newer name of their resource, their dependents, and deletion under the older name."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import Call, Page, route
from sandbox.cloud.cloudflare.workers import deployments, scripts, workers
from sandbox.cloud.cloudflare.workers import routes as workers_routes
from sandbox.state import Context, Document


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of Workers and their references, and of KV namespaces (the account has none)."""
    return [
        route(context, "/accounts/{account}/workers/workers", get=_list),
        route(context, "/accounts/{account}/workers/workers/{script}", get=_get, delete=scripts.delete),
        route(context, "/accounts/{account}/workers/services/{script}", get=scripts.service, delete=scripts.delete),
        route(context, "/accounts/{account}/workers/scripts/{script}/references", get=_references),
        route(context, "/accounts/{account}/workers/tails/by-consumer/{script}", get=_producers),
        route(context, "/accounts/{account}/storage/kv/namespaces", get=_namespaces),
    ]


def _list(call: Call) -> Page:
    found = call.store.find(workers.COLLECTION, _account_id=call.account()["id"])
    return Page.of([_shown(call, one) for one in found], call.query, size=10, largest=100)


def _get(call: Call) -> Document:
    return _shown(call, workers.existing(call))


def _shown(call: Call, script: Document) -> Document:
    deployed = deployments.of_script(call.store, script)
    return {
        "id": script["tag"],
        "name": script["id"],
        "created_on": script["created_on"],
        "updated_on": script["modified_on"],
        "deployed_on": deployed[-1]["created_on"] if deployed else None,
        "logpush": script["logpush"],
        "observability": script.get("observability") or {"enabled": False},
        "subdomain": workers_routes.subdomain(call.store, script),
        "tags": script.get("tags") or [],
        "tail_consumers": script.get("tail_consumers") or [],
        "references": {"domains": [], "durable_objects": [], "queues": [], "workers": []},
    }


def _references(call: Call) -> Document:
    """Return the Workers that bind this one, as a service or through a class of Durable Objects."""
    script = workers.existing(call)
    services, objects = [], []
    for other in call.store.find(workers.COLLECTION, _account_id=script["_account_id"]):
        for binding in other["bindings"]:
            user = {"service": other["id"], "environment": "production", "name": binding["name"]}
            if binding["type"] == "service" and binding["service"] == script["id"] != other["id"]:
                services.append(user)
            if binding["type"] == "durable_object_namespace":
                implementer = binding.get("script_name") or other["id"]
                if implementer == script["id"]:
                    namespace = {
                        "durable_object_namespace_id": binding.get("namespace_id"),
                        "durable_object_namespace_name": f"{script['id']}_{binding['class_name']}",
                    }
                    objects.append(user | namespace)
    return {
        "services": {"incoming": services, "outgoing": [], "pages_function": False},
        "durable_objects": objects,
        "dispatch_outbounds": [],
    }


def _producers(call: Call) -> list[Document]:
    """Return the Workers whose events the Worker consumes."""
    script = workers.existing(call)
    return [
        {"consumer": {"service": script["id"], "environment": "production"}, "producer": {"service": other["id"]}}
        for other in call.store.find(workers.COLLECTION, _account_id=script["_account_id"])
        if any(consumer.get("service") == script["id"] for consumer in other.get("tail_consumers") or [])
    ]


def _namespaces(call: Call) -> Page:
    call.account()
    return Page.of([], call.query, size=20, largest=1000)
