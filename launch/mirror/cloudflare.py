"""Read the domain's objects at Cloudflare: zone, settings, records, rules, Workers, Web Analytics sites."""

from __future__ import annotations

import re
from typing import Any

from contract.problem import Problem
from contract.twin import SECRET
from launch.mirror.model import Document, Reading, Subject, chosen
from vendors import Cloudflare

_NAME = "Cloudflare"
_ACCOUNT = frozenset(("id", "name", "type", "settings", "created_on"))
_ZONE = frozenset(
    (
        *("id", "name", "status", "paused", "type", "development_mode", "name_servers", "original_name_servers"),
        *("original_registrar", "original_dnshost", "created_on", "modified_on", "activated_on", "meta", "owner"),
        *("vanity_name_servers", "account", "tenant", "tenant_unit", "permissions", "plan"),
    )
)
_SETTING = frozenset(("id", "value", "editable", "modified_on"))
_RECORD = frozenset(
    (
        *("id", "name", "type", "content", "data", "priority", "proxiable", "proxied", "ttl", "comment", "tags"),
        *("settings", "meta", "created_on", "modified_on"),
    )
)
_RULESET = frozenset(("id", "name", "description", "kind", "version", "rules", "phase", "last_updated"))
_ROUTE = frozenset(("id", "pattern", "script"))
_DOMAIN = frozenset(("id", "zone_id", "zone_name", "hostname", "service", "environment", "cert_id"))
_SITE = frozenset(("site_tag", "site_token", "created", "auto_install", "snippet", "rules", "ruleset", "host"))
_NAMESPACE = frozenset(("id", "name", "script", "class", "use_sqlite"))
_SCRIPT = frozenset(
    (
        *("id", "tag", "etag", "handlers", "has_assets", "has_modules", "created_on", "modified_on"),
        *("last_deployed_from", "compatibility_date", "compatibility_flags", "usage_model", "logpush", "tags"),
        *("limits", "observability", "cache_options", "tail_consumers", "placement", "migration_tag"),
    )
)
_BINDING = frozenset(
    (
        *("name", "type", "text", "json", "service", "environment", "entrypoint", "class_name", "script_name"),
        *("namespace_id", "simple", "bucket_name", "database_id", "id", "queue_name", "index_name", "dataset"),
    )
)
_VERSION = frozenset(("id", "number", "metadata", "annotations", "resources"))
_DEPLOYMENT = frozenset(("id", "source", "strategy", "author_email", "annotations", "versions", "created_on"))
_MANAGED = "managed"
"""Kind of the rulesets that Cloudflare gives every zone."""
_OF_VISITORS = ("http.request.headers", "http.request.cookies", "http.cookie", "http.request.body")
"""Fields by which rules recognize their own callers: the values they are compared with may be secrets."""
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_INDEX = re.compile(r"\[\s*$")


def read(cloudflare: Cloudflare, subject: Subject, reading: Reading) -> Document:
    """Return the documents of the domain's zone and account. Raises VendorError, and Problem if there is no zone."""
    zone = cloudflare.zone(subject.domain)
    if zone is None:
        what = f"the token sees no zone {subject.domain}"
        raise Problem(what, where=_NAME, remedy="Name the domain's zone, and a token that may read it.")
    id_, account = str(zone["id"]), str(zone["account"]["id"])

    def many(what: str, look: Any, fields: frozenset[str]) -> list[Document]:  # noqa: ANN401 -- a look at one list
        return [chosen(one, fields) for one in reading.read(_NAME, what, look, [])]

    known = reading.read(_NAME, "the account", lambda: cloudflare.account(account), dict(zone["account"]))
    return {
        "accounts": [chosen(known, _ACCOUNT)],
        "zones": [chosen(zone, _ZONE)],
        "zone_settings": {id_: many("settings of the zone", lambda: cloudflare.zone_settings(id_), _SETTING)},
        "dns_records": {id_: many("DNS records", lambda: cloudflare.dns_records(id_), _RECORD)},
        "rulesets": {id_: _rulesets(cloudflare, id_, reading)},
        "workers_routes": {id_: many("routes of Workers", lambda: cloudflare.worker_routes(id_), _ROUTE)},
        "workers_domains": {
            account: many("custom domains of Workers", lambda: cloudflare.custom_domains(account), _DOMAIN)
        },
        "durable_object_namespaces": {
            account: many("namespaces of Durable Objects", lambda: cloudflare.namespaces(account), _NAMESPACE)
        },
        "web_analytics_sites": {
            account: many("Web Analytics sites", lambda: cloudflare.analytics_sites(account), _SITE)
        },
        "workers": {account: _workers(cloudflare, account, reading)},
    }


def _rulesets(cloudflare: Cloudflare, zone: str, reading: Reading) -> list[Document]:
    listed = reading.read(_NAME, "rulesets", lambda: cloudflare.rulesets(zone), [])
    found = []
    for each in listed:
        if each.get("kind") == _MANAGED:
            continue
        whole = reading.read(_NAME, f"rules of {each['phase']}", lambda: cloudflare.ruleset(zone, each["id"]), None)  # noqa: B023 -- called at once
        if whole is not None:
            found.append(chosen(whole, _RULESET) | {"rules": [_rule(rule) for rule in whole.get("rules") or []]})
    return found


def _rule(rule: Document) -> Document:
    """Return the rule without values that may be a secret shared by its author and his callers."""
    parameters = rule.get("action_parameters")
    if isinstance(parameters, dict) and isinstance(headers := parameters.get("headers"), dict):
        hidden = {name: one | ({"value": SECRET} if "value" in one else {}) for name, one in headers.items()}
        rule = rule | {"action_parameters": parameters | {"headers": hidden}}
    return rule | {"expression": _expression(str(rule.get("expression", "")))}


def _expression(text: str) -> str:
    if not any(field in text for field in _OF_VISITORS):
        return text
    # A literal in brackets is the name of a header or cookie, which is not a secret.
    return _LITERAL.sub(lambda found: found[0] if _INDEX.search(text, 0, found.start()) else f'"{SECRET}"', text)


def _workers(cloudflare: Cloudflare, account: str, reading: Reading) -> list[Document]:
    scripts = reading.read(_NAME, "Workers", lambda: cloudflare.scripts(account), [])
    return [_worker(cloudflare, account, script, reading) for script in scripts]


def _worker(cloudflare: Cloudflare, account: str, script: Document, reading: Reading) -> Document:
    name = str(script["id"])

    def part(path: str, otherwise: Any) -> Any:  # noqa: ANN401 -- JSON
        look = lambda: cloudflare.script_part(account, name, path)  # noqa: E731
        return reading.read(_NAME, f"{path} of the Worker {name}", look, otherwise)

    settings = reading.read(
        _NAME, f"bindings of the Worker {name}", lambda: cloudflare.script_settings(account, name), None
    )
    main, modules = reading.read(
        _NAME, f"code of the Worker {name}", lambda: cloudflare.script_modules(account, name), ("index.js", {})
    )
    files = {}
    for module, text in modules.items():
        files[module] = f"workers/{name}/{re.sub(r'[^A-Za-z0-9._-]', '_', module)}"
        reading.files[files[module]] = text
    # Only the newest versions are listed: their code cannot be read, and a rehearsal does not go back to them.
    versions = [part(f"versions/{each['id']}", each) for each in part("versions", {"items": []})["items"]]
    deployments = part("deployments", {"deployments": []})["deployments"]
    return {
        "script": chosen(script, _SCRIPT),
        "bindings": [_binding(one) for one in (settings or {}).get("bindings") or []],
        "settings": chosen(settings or {}, _SCRIPT),
        "main_module": main,
        "modules": files,
        "subdomain": chosen(part("subdomain", {}), frozenset(("enabled", "previews_enabled"))),
        "schedules": part("schedules", {"schedules": []})["schedules"],
        "versions": [_version(one) for one in versions],
        "deployments": [chosen(one, _DEPLOYMENT) for one in deployments],
    }


def _version(version: Document) -> Document:
    resources = dict(version.get("resources") or {})
    if "bindings" in resources:
        resources["bindings"] = [_binding(one) for one in resources["bindings"]]
    return chosen(version, _VERSION) | ({"resources": resources} if resources else {})


def _binding(binding: Document) -> Document:
    """Return a binding. One that the vendor calls secret has no value here, whatever the vendor returned."""
    shown = chosen(binding, _BINDING)
    return {"name": shown["name"], "type": shown["type"]} if "secret" in str(shown["type"]) else shown
