"""A twin's folder (`contract/twin.py`) as a scenario's sections: API documents become documents of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from contract.twin import FORMAT, MANIFEST, SECRET, VENDORS, invented
from sandbox.cloud.vercel.projects import SETTINGS
from sandbox.state import Document

Collections = dict[str, dict[str, Document]]
"""Collection -> id -> document, in order of creation."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TwinError(Exception):
    """The folder is not a twin, or is one of another format."""


def is_twin(name: str) -> bool:
    """Return whether a scenario's name is the path of a twin's folder."""
    return (Path(name) / MANIFEST).is_file()


def load(name: str) -> dict[str, dict[str, Any]]:
    """Return the sections of a scenario. Raises TwinError."""
    folder = Path(name).absolute()
    try:
        manifest = _yaml(folder / MANIFEST)
        if manifest.get("format") != FORMAT:
            raise TwinError(f"{folder} has format {manifest.get('format')!r}, not {FORMAT}: mirror it again")
        found = {vendor: _yaml(folder / f"{vendor}.yaml") for vendor in VENDORS}
        return {
            "cloudflare": _cloudflare(found["cloudflare"], folder),
            "vercel": _vercel(found["vercel"]),
            "neon": _neon(found["neon"], folder),
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise TwinError(f"{folder} cannot be read: {type(error).__name__}: {error}") from error


def _yaml(path: Path) -> dict[str, Any]:
    content = yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 -- both are safe loaders
    if not isinstance(content, dict):
        raise TwinError(f"{path} is not a mapping")
    return content


def _cloudflare(found: dict[str, Any], folder: Path) -> Collections:
    made: Collections = {
        "accounts": {one["id"]: one for one in found["accounts"]},
        "zones": {one["id"]: one for one in found["zones"]},
        "zone_settings": {f"{zone}/{one['id']}": one for zone, one in _each(found["zone_settings"])},
        "dns_records": {
            one["id"]: {"meta": {}, "tags": [], "settings": {}} | one | {"zone_id": zone}
            for zone, one in _each(found["dns_records"])
        },
        "rulesets": {one["id"]: one | {"_zone_id": zone} for zone, one in _each(found["rulesets"])},
        "workers_routes": {one["id"]: one | {"_zone_id": zone} for zone, one in _each(found["workers_routes"])},
        "workers_domains": {one["id"]: one | {"_account_id": of} for of, one in _each(found["workers_domains"])},
        "durable_object_namespaces": {
            one["id"]: one | {"_account_id": of} for of, one in _each(found["durable_object_namespaces"])
        },
        "web_analytics_sites": {
            one["site_tag"]: {"host": (one.get("ruleset") or {}).get("zone_name")} | one | {"_account_id": of}
            for of, one in _each(found["web_analytics_sites"])
        },
        **{kind: {} for kind in ("workers_scripts", "workers_schedules", "workers_script_subdomains")},
        **{kind: {} for kind in ("workers_versions", "workers_deployments")},
    }
    for account, worker in _each(found["workers"]):
        _worker(made, account, worker, folder)
    return made


def _worker(made: Collections, account: str, worker: Document, folder: Path) -> None:
    script = worker["script"]
    key = f"{account}/{script['id']}"
    content: Document = {
        "main_module": worker["main_module"],
        "modules": {name: (folder / file).read_text("utf-8") for name, file in worker["modules"].items()},
        "bindings": [_binding(one) for one in worker["bindings"]],
        "compatibility_date": script.get("compatibility_date") or worker["settings"].get("compatibility_date"),
        "compatibility_flags": script.get("compatibility_flags") or [],
    }
    made["workers_scripts"][key] = (
        {"handlers": ["fetch"], "usage_model": "standard", "logpush": False}
        | {key: value for key, value in worker["settings"].items() if value}
        | script
        | content
        | {"_account_id": account, "_lifecycle": 0}
    )
    if worker["schedules"]:
        made["workers_schedules"][key] = {"schedules": worker["schedules"], "_script": key, "_account_id": account}
    if worker["subdomain"]:
        made["workers_script_subdomains"][key] = worker["subdomain"]
    for version in reversed(worker["versions"]):
        made["workers_versions"][version["id"]] = (
            {"annotations": {}, "resources": {}} | version | {"_script": key, "_content": content, "_lifecycle": 0}
        )
    for deployment in reversed(worker["deployments"]):
        made["workers_deployments"][deployment["id"]] = deployment | {"_script": key}


def _binding(binding: Document) -> Document:
    """Return the binding with an invented value in place of a secret."""
    hidden = binding["type"] == "secret_text" or binding.get("text") == SECRET
    return binding | ({"text": invented(binding["name"])} if hidden else {})


def _vercel(found: dict[str, Any]) -> Collections:
    team = found["teams"][0]
    variables = {project: [_variable(one, project) for one in some] for project, some in found["variables"].items()}
    made: Collections = {
        "users": {one["id"]: one for one in found["users"]},
        "teams": {team["id"]: team},
        "projects": {
            one["id"]: SETTINGS | {"live": False} | one | {"link": _linked(one["link"])}
            for one in reversed(found["projects"])
        },
        "project_domains": {},
        "env": {one["id"]: one for some in variables.values() for one in some},
        "deployments": {},
    }
    oldest_first = {project: some[::-1] for project, some in found["domains"].items()}
    for project, domain in sorted(_each(oldest_first), key=lambda pair: _created(pair[1])):
        id_ = f"{project}/{domain['name']}"
        made["project_domains"][id_] = _domain(domain, id_, project, team["id"])
    for project, some in found["deployments"].items():
        for deployment in sorted(some, key=_created):
            made["deployments"][deployment["id"]] = _deployment(deployment, project, team, found["users"][0], variables)
    for project, some in found["aliases"].items():
        production = _production(made["projects"][project])
        for alias in some:
            _pin(made, project, alias, production, team["id"])
    return made


def _linked(link: Document | None) -> Document | None:
    """Return the link to a repository, with no hooks or credentials unless it has its own."""
    return None if link is None else {"deployHooks": [], "gitCredentialId": ""} | link


def _variable(variable: Document, project: str) -> Document:
    value = invented(variable["key"]) if variable["value"] == SECRET else variable["value"]
    target = variable.get("target") or []
    defaults: Document = {"gitBranch": None, "comment": "", "customEnvironmentIds": [], "configurationId": None}
    return (
        defaults
        | variable
        | {"value": value, "target": [target] if isinstance(target, str) else target, "project_id": project}
    )


def _domain(domain: Document, id_: str, project: str, owner: str) -> Document:
    return (
        dict.fromkeys(("redirect", "redirectStatusCode", "gitBranch", "customEnvironmentId"))
        | domain
        | {"_id": id_, "_owner": owner, "projectId": project, "project_id": project}
    )


def _deployment(
    deployment: Document, project: str, team: Document, user: Document, variables: dict[str, list[Document]]
) -> Document:
    """Return the deployment with the environment that a build would use today."""
    target = deployment.get("target")
    values = {
        one["key"]: one["value"]
        for one in variables.get(project, [])
        if (target or "preview") in one["target"] and not one["gitBranch"]
    }
    names = deployment.get("env")
    created = _created(deployment)
    return (
        {
            "readyState": "READY",
            "alias": [],
            "aliasAssigned": True,
            "aliasError": None,
            "meta": {},
            "regions": ["iad1"],
            "version": 2,
            "type": "LAMBDAS",
            "public": False,
            "ready": created,
            "creator": {"uid": user["id"], "username": user["username"]},
            "team": {"id": team["id"], "slug": team["slug"], "name": team["name"]},
            "ownerId": team["id"],
        }
        | {key: value for key, value in deployment.items() if key != "created"}
        | {
            "target": target,
            "createdAt": created,
            "status": deployment.get("readyState", "READY"),
            "projectId": project,
            "project_id": project,
            "env": values if names is None else {name: values.get(name, invented(name)) for name in names},
        }
    )


def _created(deployment: Document) -> int:
    return int(deployment.get("createdAt") or deployment["created"])


def _production(project: Document) -> str | None:
    return ((project.get("targets") or {}).get("production") or {}).get("id")


def _pin(made: Collections, project: str, alias: Document, production: str | None, owner: str) -> None:
    """Pin a host to a deployment other than the project's production: set by hand, or the one of its branch."""
    deployment, id_ = alias.get("deploymentId"), f"{project}/{alias['alias']}"
    domain = made["project_domains"].get(id_)
    if deployment is None or deployment not in made["deployments"]:
        return
    if domain is None:
        name, created = alias["alias"], alias["createdAt"]
        apex = ".".join(name.split(".")[-2:])
        bare = {"name": name, "apexName": apex, "createdAt": created, "updatedAt": created, "verified": True}
        made["project_domains"][id_] = _domain(bare, id_, project, owner) | {"_alias": True, "_pinned": deployment}
    elif domain["gitBranch"] is None and deployment != production:
        domain["_pinned"] = deployment


def _neon(found: dict[str, Any], folder: Path) -> dict[str, Any]:
    twins = [each | {"sql": _scripts(each, folder)} for each in found["projects"]]
    return {"organizations": {one["id"]: one for one in found["organizations"]}, "twins": twins}


def _scripts(project: Document, folder: Path) -> dict[str, dict[str, list[str]]]:
    """Return branch -> database -> the absolute names of its files."""
    return {
        branch: {name: [str(folder / file) for file in one["files"]] for name, one in databases.items()}
        for branch, databases in project["sql"].items()
    }


def _each(parts: dict[str, list[Document]]) -> Iterator[tuple[str, Document]]:
    """Yield every document with the id of its parent."""
    for owner, documents in parts.items():
        for document in documents:
            yield owner, document
