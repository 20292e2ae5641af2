"""Generate `schemas/*.json` from full descriptions of the official providers; run by hand when a provider changes.

    python -m sandbox.providers.core.condense FOLDER

FOLDER contains `cloudflare.json`, `vercel.json` and `neon.json`, with each resource's Pulumi inputs and outputs, and
under `tfAttributes` the flags of the Terraform attribute behind each of them. The result merges both into one tree.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from sandbox.providers.core.values import Value

_KEPT = {
    "cloudflare": (
        "DnsRecord ZoneSetting WorkersScript WorkersCustomDomain WorkersRoute WorkersScriptSubdomain WebAnalyticsSite "
        "Ruleset"
    ),
    "vercel": "Project ProjectDomain ProjectEnvironmentVariable ProjectEnvironmentVariables Deployment",
    "neon": "Project Branch Endpoint Role Database",
}

_SETS = {
    "tags", "compatibility_flags", "keep_bindings", "tail_consumers", "bindings[].usages",
    "target", "custom_environment_ids", "variables", "environment", "variables[].target", "environment[].target",
    "variables[].custom_environment_ids", "environment[].custom_environment_ids", "git_repository.deploy_hooks",
    "options_allowlist.paths", "trusted_ips.addresses", "trusted_sources.projects", "trusted_sources.external_sources",
    "resource_config.function_default_regions",
}  # fmt: skip
"""Terraform attributes that are sets, without an order. (The descriptions call every collection an array.)"""

_FLAGS = ("enum", "range", "min", "conflictsWith")


def condense(package: dict[str, Any], kept: list[str]) -> dict[str, Any]:
    """Return the resources `kept`, each as one tree of properties."""
    return {
        token: _resource(resource, package["types"])
        for token, resource in package["resources"].items()
        if token.rpartition(":")[2] in kept
    }


def _resource(resource: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    attributes = resource["tfAttributes"]
    properties: dict[str, Any] = {}
    for name, described in {**resource["outputs"], **resource["inputs"]}.items():
        attribute = described.get("tf") or _attribute(name, "", attributes)
        entry = _property(described, attribute, attributes, types)
        entry |= {"tf": attribute} if attribute != _snake(name) else {}
        entry |= {"computed": True} if attribute not in attributes else {}
        entry |= {"input": True} if name in resource["inputs"] else {}
        if described.get("required") and name in resource["inputs"]:
            entry["required"] = True
        elif name == "name":
            entry["autoname"] = True
        if resource["outputs"].get(name, {}).get("required"):
            entry["always"] = True
        if name in resource["outputs"] and resource["outputs"][name].get("secret"):
            entry["secret"] = True
        properties[name] = entry
    return {"properties": properties, **({"aliases": resource["aliases"]} if "aliases" in resource else {})}


def _property(
    described: dict[str, Any], attribute: str, attributes: dict[str, Any], types: dict[str, Any]
) -> dict[str, Any]:
    flags = attributes.get(attribute, {})
    entry: dict[str, Any] = {"type": _type(described["type"], attribute, attributes, types)}
    for flag in ("computed", "secret"):
        if flags.get(flag) or described.get(flag):
            entry[flag] = True
    if flags.get("replace") and not (flags.get("computed") and not flags.get("optional")):
        entry["replace"] = flags["replace"]
    if "default" in flags:
        entry["default"] = _default(flags["default"], described["type"])
    if flags.get("length", "").startswith("at least "):
        entry["min"] = int(flags["length"].removeprefix("at least "))
    return entry | {flag: flags[flag] for flag in _FLAGS if flag in flags}


def _type(described: Value, attribute: str, attributes: dict[str, Any], types: dict[str, Any]) -> Value:
    if isinstance(described, str):
        return described.lower()
    if "array" in described:
        kind = "set" if attribute in _SETS else "array"
        return {kind: _type(described["array"], f"{attribute}[]", attributes, types)}
    if "map" in described:
        return {"map": _type(described["map"], f"{attribute}{{}}", attributes, types)}
    properties = {}
    for name, nested in types[described["ref"]]["properties"].items():
        inner = _attribute(name, f"{attribute}.", attributes)
        entry = _property(nested, inner, attributes, types)
        if inner.removeprefix(f"{attribute}.") != _snake(name):
            entry["tf"] = inner.removeprefix(f"{attribute}.")
        flags = attributes.get(inner, {})
        entry |= {"required": True} if nested.get("required") else {}
        entry |= {"input": True} if not flags.get("computed") or flags.get("optional") else {}
        properties[name] = entry
    return {"object": properties}


def _attribute(name: str, prefix: str, attributes: dict[str, Any]) -> str:
    """Return the attribute behind a property: in snake case, and in the singular if Pulumi has pluralized a list."""
    snake = _snake(name)
    for candidate in (snake, snake.removesuffix("s"), snake.removesuffix("es"), re.sub("ies$", "y", snake)):
        if f"{prefix}{candidate}" in attributes:
            return f"{prefix}{candidate}"
    return f"{prefix}{snake}"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _default(text: str, kind: Value) -> Value:
    if kind == "string":
        return text
    value = json.loads(text.replace("<null>", "null"))
    return {_camel(key): item for key, item in value.items() if item is not None} if isinstance(value, dict) else value


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def main(folder: Path) -> None:
    """Write the files in `schemas/`."""
    for name, kept in _KEPT.items():
        package = json.loads((folder / f"{name}.json").read_text())
        target = Path(__file__).parent.parent / "schemas" / f"{name}.json"
        target.write_text(json.dumps(condense(package, kept.split()), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
