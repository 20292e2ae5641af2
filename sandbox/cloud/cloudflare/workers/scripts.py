"""Workers: a script is uploaded and deployed in one call, listed, read in parts, and deleted.

Secrets are never returned: settings and lists show only their names. Reads return the latest version, which is not
necessarily the deployed one.
"""

from __future__ import annotations

import re

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, public, route
from sandbox.cloud.cloudflare.workers import bindings, classes, deployments, schedules, uploads, versions, workers
from sandbox.cloud.cloudflare.workers import domains as workers_domains
from sandbox.cloud.cloudflare.workers.routes import SUBDOMAINS
from sandbox.state import Context, Document

_NAME = re.compile(r"[a-z0-9_][a-z0-9-_]{0,62}")
_SETTINGS = (
    "migration_tag",
    "compatibility_date",
    "compatibility_flags",
    "usage_model",
    "logpush",
    *uploads.OPTIONAL_SETTINGS,
)


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of scripts, and of the views that the provider reads."""
    script = "/accounts/{account}/workers/scripts/{script}"
    return [
        route(context, "/accounts/{account}/workers/scripts", get=_list),
        route(context, script, put=_upload, delete=delete, get=_content),
        route(context, f"{script}/settings", get=_settings),
        route(context, f"{script}/content/v2", get=_content),
    ]


def _upload(call: Call) -> Document:
    account, name = call.account()["id"], call.params["script"]
    if not _NAME.fullmatch(name):
        raise ApiError(400, 10016, "Invalid Worker name. Use lowercase letters, digits, dashes and underscores.")
    script, annotations = uploads.read(call, account, name, workers.find(call.store, account, name))
    version = versions.add(call, script, annotations, "upload")
    deployments.add(call, version, annotations, "upload")
    made = {"entry_point": script["main_module"], "startup_time_ms": 4, "deployment_id": version["id"].replace("-", "")}
    return _shown(script) | made


def delete(call: Call) -> None:
    """Delete an unused Worker, or with `force` also one in use. Raises ApiError."""
    script = workers.existing(call)
    owner = script["_account_id"]
    domains = call.store.find(workers_domains.COLLECTION, service=script["id"], _account_id=owner)
    if domains and call.query.get("force") != "true":
        hosts = ", ".join(domain["hostname"] for domain in domains)
        text = f"Cannot delete this Worker as it is used by the custom domain {hosts}. Remove it first, then retry."
        raise ApiError(403, 10064, text)
    if call.query.get("force") != "true" and (users := bindings.users(call.store, script)):
        text = f"Cannot delete this Worker as it is bound by {', '.join(users)}. Remove the bindings first, then retry."
        raise ApiError(403, 10064, text)
    for domain in domains:
        workers_domains.remove(call, domain)
    schedules.remove(call.store, script)
    call.store.delete(SUBDOMAINS, workers.key(script))
    classes.remove(call.store, owner, script["id"])
    for kept in (versions, deployments):
        for document in kept.of_script(call.store, script):
            call.store.delete(kept.COLLECTION, document["id"])
    call.store.delete(workers.COLLECTION, workers.key(script))


def _list(call: Call) -> list[Document]:
    return [_shown(script) for script in call.store.find(workers.COLLECTION, _account_id=call.account()["id"])]


def _shown(script: Document) -> Document:
    return public(script, "modules", "bindings", "main_module")


def _settings(call: Call) -> Document:
    script = workers.existing(call)
    named = {key: script[key] for key in _SETTINGS if key in script}
    # The provider fails if `placement` is absent.
    return {"placement": {}} | named | {"bindings": bindings.shown(script["bindings"])}


def service(call: Call) -> Document:
    """Return the Worker under the older name of its resource, with its only environment. Raises ApiError."""
    script = workers.existing(call)
    environment = {
        "environment": "production",
        "created_on": script["created_on"],
        "modified_on": script["modified_on"],
        "script": _shown(script),
    }
    return {
        "id": script["id"],
        "default_environment": environment,
        "environments": [environment],
        "created_on": script["created_on"],
        "modified_on": script["modified_on"],
    }


def _content(call: Call) -> Response:
    """Return the uploaded modules, the main one first, as a multipart form."""
    script = workers.existing(call)
    boundary = script["etag"][:32]
    main = script["main_module"]
    lines = []
    for name in sorted(script["modules"], key=lambda name: name != main):
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="{name}"'
        lines += [
            f"--{boundary}",
            disposition,
            "Content-Type: application/javascript+module",
            "",
            script["modules"][name],
        ]
    body = "\r\n".join([*lines, f"--{boundary}--", ""])
    headers = {"cf-entrypoint": main, "etag": script["etag"]}
    return Response(body, media_type=f"multipart/form-data; boundary={boundary}", headers=headers)
