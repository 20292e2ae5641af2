"""Workers: a script is uploaded as a multipart form, a `metadata` part and one part for each module.

Each upload replaces code and bindings, secrets included, except bindings of a kind in `keep_bindings`. Secrets never
come back: settings show their names alone.
"""

from __future__ import annotations

import hashlib
import json
import re

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare import workers_domains
from sandbox.cloud.cloudflare.call import Call, new_id, public, route, typed
from sandbox.cloud.cloudflare.errors import ApiError
from sandbox.cloud.context import Context
from sandbox.cloud.store import Document, Store

COLLECTION = "cloudflare.workers_scripts"
_NAME = re.compile(r"[a-z0-9_][a-z0-9-_]{0,62}")
_SECRETS = ("secret_text", "secret_key")
_SECRET_VALUES = ("text", "key_base64", "key_jwk")
_SETTINGS = ("compatibility_date", "compatibility_flags", "usage_model", "logpush")
_OPTIONAL_SETTINGS = ("tags", "limits", "observability", "cache_options", "tail_consumers", "placement")
"""Settings that a script has only if its upload named them: the provider takes any other for a change."""
_TYPES: dict[str, type] = {
    **dict.fromkeys(("main_module", "compatibility_date", "usage_model"), str),
    **dict.fromkeys(("compatibility_flags", "bindings", "keep_bindings", "tags"), list),
    **dict.fromkeys(("limits", "observability", "placement"), dict),
    "logpush": bool,
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def routes(context: Context) -> list[BaseRoute]:
    """Scripts, and the three views of one that the provider reads."""
    script = "/accounts/{account}/workers/scripts/{script}"
    return [
        route(context, "/accounts/{account}/workers/scripts", get=_list),
        route(context, script, put=_upload, delete=_delete, get=_content),
        route(context, f"{script}/settings", get=_settings),
        route(context, f"{script}/content/v2", get=_content),
        route(context, "/accounts/{account}/workers/services/{script}", get=_service),
    ]


def find(store: Store, account: str, name: str) -> Document | None:
    """The script, or None."""
    return store.get(COLLECTION, f"{account}/{name}")


def existing(call: Call) -> Document:
    """The script that the path names. Raises ApiError."""
    script = find(call.store, call.account()["id"], call.params["script"])
    if script is None:
        raise ApiError(404, 10007, "This Worker does not exist on your account.")
    return script


def _upload(call: Call) -> Document:
    account, name = call.account()["id"], call.params["script"]
    if not _NAME.fullmatch(name):
        raise ApiError(400, 10016, "Invalid Worker name. Use lowercase letters, digits, dashes and underscores.")
    metadata, modules = _parts(call)
    main = metadata.get("main_module")
    if main not in modules:
        raise ApiError(400, 10021, f'No such module "{main}".')
    date = metadata.get("compatibility_date")
    if date is not None and not (isinstance(date, str) and _DATE.fullmatch(date)):
        raise ApiError(400, 10021, f"Invalid compatibility date: {date}")
    old = find(call.store, account, name)
    now = call.now()
    script = {
        "id": name,
        "tag": old["tag"] if old else new_id(),
        "etag": hashlib.sha256(json.dumps(modules).encode()).hexdigest(),
        "handlers": ["fetch"],
        "has_assets": False,
        "has_modules": True,
        "created_on": old["created_on"] if old else now,
        "modified_on": now,
        "last_deployed_from": "api",
        "compatibility_date": date,
        "compatibility_flags": metadata.get("compatibility_flags") or [],
        "usage_model": metadata.get("usage_model") or "standard",
        "logpush": bool(metadata.get("logpush")),
        **{key: metadata[key] for key in _OPTIONAL_SETTINGS if metadata.get(key)},
        "main_module": main,
        "modules": modules,
        "bindings": _bindings(metadata, old),
        "_account_id": account,
    }
    call.store.put(COLLECTION, f"{account}/{name}", script)
    return _shown(script) | {"entry_point": main, "startup_time_ms": 4}


def _parts(call: Call) -> tuple[Document, dict[str, str]]:
    """The metadata, and the text of each module by its name."""
    parts = dict(call.form)
    try:
        metadata = json.loads(parts.pop("metadata"))
        modules = {name: content.decode() for name, content in parts.items()}
    except KeyError:
        raise ApiError(400, 10002, "Missing the metadata part of the multipart form.") from None
    except (ValueError, UnicodeDecodeError):
        raise ApiError(400, 10002, "Could not parse the multipart form.") from None
    return typed(metadata, **_TYPES), modules


def _bindings(metadata: Document, old: Document | None) -> list[Document]:
    new = [typed(binding, name=str, type=str) for binding in metadata.get("bindings") or []]
    names = [binding.get("name") for binding in new]
    for name in names:
        if not name or names.count(name) > 1:
            raise ApiError(400, 10021, f"Binding name '{name}' already in use." if name else "A binding needs a name.")
    for binding in new:
        if not binding.get("type"):
            raise ApiError(400, 10021, f"Binding '{binding['name']}' needs a type.")
    kinds = metadata.get("keep_bindings") or []
    kept = [one for one in (old["bindings"] if old else []) if one["type"] in kinds and one["name"] not in names]
    return new + kept


def _delete(call: Call) -> None:
    script = existing(call)
    owner = script["_account_id"]
    domains = call.store.find(workers_domains.COLLECTION, service=script["id"], _account_id=owner)
    if domains and call.query.get("force") != "true":
        hosts = ", ".join(domain["hostname"] for domain in domains)
        text = f"Cannot delete this Worker as it is used by the custom domain {hosts}. Remove it first, then retry."
        raise ApiError(403, 10064, text)
    for domain in domains:
        workers_domains.remove(call, domain)
    call.store.delete(COLLECTION, f"{owner}/{script['id']}")


def _list(call: Call) -> list[Document]:
    return [_shown(script) for script in call.store.find(COLLECTION, _account_id=call.account()["id"])]


def _shown(script: Document) -> Document:
    return public(script, "modules", "bindings", "main_module")


def _settings(call: Call) -> Document:
    script = existing(call)
    bindings = [
        {key: value for key, value in binding.items() if key not in _SECRET_VALUES}
        if binding["type"] in _SECRETS
        else binding
        for binding in script["bindings"]
    ]
    shown = {key: script[key] for key in (*_SETTINGS, *_OPTIONAL_SETTINGS) if key in script}
    # The provider fails where `placement` is absent.
    return {"placement": {}} | shown | {"bindings": bindings}


def _service(call: Call) -> Document:
    script = existing(call)
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
    """The modules as they were uploaded, the main one first, as a multipart form."""
    script = existing(call)
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
