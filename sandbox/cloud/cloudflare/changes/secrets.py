"""Changes to a Worker's secrets without an upload. Each change creates a version: the latest one with other secrets.

A change of the script's secrets is deployed at once, and requires that the latest version is the deployed one; a patch
of the latest version waits for a deployment. Codes: wrangler's source (10214, 10215, 10222).
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, malformed_json, public, route, typed
from sandbox.cloud.cloudflare.workers import deployments, uploads, versions, workers
from sandbox.state import Context, Document

_KIND = "secret_text"


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, set and delete secrets, at once or in the next deployment."""
    script = "/accounts/{account}/workers/scripts/{script}"
    latest = "/accounts/{account}/workers/workers/{script}/versions/latest"
    return [
        route(context, f"{script}/secrets", get=_list, put=_put),
        route(context, f"{script}/secrets/{{secret}}", get=_get, delete=_delete),
        route(context, f"{script}/secrets-bulk", patch=_change_several),
        route(context, latest, patch=_change_latest),
    ]


def _list(call: Call) -> list[Document]:
    """Return the names of the latest version's secrets."""
    script = workers.existing(call)
    return [{"name": one["name"], "type": _KIND} for one in script["bindings"] if one["type"] == _KIND]


def _get(call: Call) -> Document:
    for secret in _list(call):
        if secret["name"] == call.params["secret"]:
            return secret
    raise ApiError(404, 10056, "Binding not found.")


def _put(call: Call) -> Document:
    """Set one secret, and deploy the change. Raises ApiError."""
    wanted = call.object(name=str, text=str, type=str)
    name, text = wanted.get("name"), wanted.get("text")
    if not name or text is None or wanted.get("type", _KIND) != _KIND:
        raise ApiError(400, 10021, f"A secret needs a name, a text and the type {_KIND}.")
    _deploy(call, workers.existing(call), {name: text})
    return {"name": name, "type": _KIND}


def _delete(call: Call) -> None:
    """Delete one secret, and deploy the change. Raises ApiError."""
    script, name = workers.existing(call), call.params["secret"]
    if not any(one["name"] == name and one["type"] == _KIND for one in script["bindings"]):
        raise ApiError(404, 10056, "Binding not found.")
    _deploy(call, script, {name: None})


def _change_several(call: Call) -> list[Document]:
    wanted = call.object(secrets=dict).get("secrets")
    if wanted is None:
        raise malformed_json("secrets")
    script = _deploy(call, workers.existing(call), _texts(wanted))
    return [{"name": one["name"], "type": _KIND} for one in script["bindings"] if one["type"] == _KIND]


def _change_latest(call: Call) -> Document:
    script, wanted = workers.existing(call), call.object(env=dict, annotations=dict)
    if not versions.of_script(call.store, script):
        raise ApiError(400, 10222, "This Worker has no versions.")
    unknown = sorted(set(wanted) - {"env", "annotations"})
    if unknown:
        raise ApiError(400, 10021, f"The sandbox does not simulate this change of a version: {', '.join(unknown)}.")
    changed = _changed(call, script, _texts(wanted.get("env") or {}))
    annotations = uploads.described(wanted, "workers/message", "workers/tag")
    return public(versions.add(call, changed, annotations, "version_upload"))


def _texts(wanted: Document) -> dict[str, str | None]:
    """Return the text of each secret; None for one to delete. Raises ApiError."""
    found: dict[str, str | None] = {}
    for name, secret in wanted.items():
        if secret is None:
            found[name] = None
            continue
        given = typed(secret, text=str, type=str)
        if given.get("text") is None or given.get("type", _KIND) != _KIND:
            raise ApiError(400, 10021, f"The secret '{name}' needs a text and the type {_KIND}.")
        found[name] = given["text"]
    return found


def _deploy(call: Call, script: Document, texts: Mapping[str, str | None]) -> Document:
    """Return the script with these secrets, deployed. Raises ApiError unless its latest version is deployed."""
    newest, deployed = versions.of_script(call.store, script), deployments.of_script(call.store, script)
    if newest and deployed and newest[-1]["id"] != deployed[-1]["versions"][0]["version_id"]:
        text = "The latest version of this Worker is not deployed: deploy it first, or change the secret of a version."
        raise ApiError(400, 10215, text)
    changed = _changed(call, script, texts)
    version = versions.add(call, changed, {}, "secret")
    deployments.add(call, version, {}, "secret")
    return changed


def _changed(call: Call, script: Document, texts: Mapping[str, str | None]) -> Document:
    for one in script["bindings"]:
        if one["name"] in texts and one["type"] != _KIND:
            raise ApiError(400, 10053, f"Binding name '{one['name']}' already in use.")
    kept = [one for one in script["bindings"] if one["name"] not in texts]
    new = [{"name": name, "type": _KIND, "text": text} for name, text in texts.items() if text is not None]
    return script | {"bindings": kept + new, "modified_on": call.now()}
