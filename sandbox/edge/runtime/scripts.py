"""The conversion of an uploaded Worker, as Cloudflare's API stores it, to the options of the Workers runtime."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from sandbox.state import Document

Options = dict[str, Any]
"""Miniflare's options of one Worker, and additionally `services`: binding -> name of another script.

A Durable Object has a `scriptName` only if another script implements it.
"""

_OLDEST_COMPATIBILITY_DATE = "2021-11-02"
"""Cloudflare's default for a script without a compatibility date."""
_TEXT_SUFFIXES = frozenset({".txt", ".html", ".sql"})


class ScriptError(Exception):
    """The script uses a feature that the sandbox does not simulate."""


def options(script: Document, namespaces: Mapping[str, Document]) -> Options:
    """Return the options for `script`; `namespaces` of Durable Objects by id. Raises ScriptError."""
    built: Options = {
        "name": str(script["id"]),
        "modules": _modules(str(script["main_module"]), script["modules"]),
        "modulesRoot": "/",
        "compatibilityDate": script.get("compatibility_date") or _OLDEST_COMPATIBILITY_DATE,
        "compatibilityFlags": list(script.get("compatibility_flags") or ()),
        "bindings": {},
        "kvNamespaces": {},
        "ratelimits": {},
        "durableObjects": {},
        "services": {},
    }
    for binding in script.get("bindings") or ():
        _bind(built, binding, namespaces, str(script["id"]))
    return built


def digest(built: Options) -> str:
    """Return a digest of the options, which shows whether a running Worker is still the stored one."""
    return hashlib.sha256(json.dumps(built, sort_keys=True).encode()).hexdigest()


def _modules(main: str, modules: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the modules, the main one first, as the runtime expects."""
    if main not in modules:
        raise ScriptError(f"its main module {main!r} was not uploaded")
    names = [main, *(name for name in modules if name != main)]
    return [{"type": _module_type(name), "path": f"/{name}", "contents": modules[name]} for name in names]


def _module_type(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    if suffix == ".wasm":
        raise ScriptError(f"its module {name!r} is WebAssembly, which the sandbox does not run")
    return "Text" if suffix in _TEXT_SUFFIXES else "ESModule"


def _bind(built: Options, binding: Mapping[str, Any], namespaces: Mapping[str, Document], script: str) -> None:
    name = str(binding["name"])
    match binding["type"]:
        case "plain_text" | "secret_text":
            built["bindings"][name] = binding["text"]
        case "json":
            built["bindings"][name] = _document(binding["json"])
        case "kv_namespace":
            built["kvNamespaces"][name] = binding["namespace_id"]
        case "ratelimit":
            simple = {"limit": binding["simple"]["limit"], "period": binding["simple"]["period"]}
            built["ratelimits"][name] = {"namespace_id": str(binding["namespace_id"]), "simple": simple}
        case "durable_object_namespace":
            built["durableObjects"][name] = _durable_object(name, binding, namespaces, script)
        case "service":
            built["services"][name] = str(binding["service"])
        case other:
            raise ScriptError(f"its binding {name} is of type {other}, which the sandbox does not simulate")


def _document(value: object) -> object:
    """Return the document. The providers send it as text, other clients as JSON, which may itself be a text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _durable_object(
    name: str, binding: Mapping[str, Any], namespaces: Mapping[str, Document], script: str
) -> dict[str, Any]:
    """Return the class, and the namespace of its storage: a class that is deleted and recreated starts empty."""
    namespace = namespaces.get(str(binding.get("namespace_id")))
    if namespace is None:
        raise ScriptError(f"its binding {name} is to a Durable Object whose namespace was deleted")
    other = {"scriptName": str(namespace["script"])} if namespace["script"] != script else {}
    return other | {
        "className": str(namespace["class"]),
        "useSQLite": bool(namespace["use_sqlite"]),
        "unsafeUniqueKey": str(namespace["id"]),
    }


def together(built: Mapping[str, Options]) -> list[list[str]]:
    """Return the scripts' keys in sorted groups: scripts that share Durable Objects must run in one instance."""
    groups: dict[str, set[str]] = {key: {key} for key in built}
    for key, script in built.items():
        account = key.rpartition("/")[0]
        for target in script["durableObjects"].values():
            other = f"{account}/{target.get('scriptName', script['name'])}"
            if other in groups and groups[other] is not groups[key]:
                joined = groups[key] | groups[other]
                groups |= dict.fromkeys(joined, joined)
    return [list(group) for group in sorted({tuple(sorted(group)) for group in groups.values()})]
