"""The conversion of the vendors' documents in the store to a snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.cloud.neon.auth import instances
from sandbox.edge.model.addresses import VERCEL_SUFFIX, WORKERS_DEV
from sandbox.edge.model.snapshot import Deployment, Domain, Project, Record, Snapshot, Zone
from sandbox.state import Document, Store

_REDIRECT_PHASE, _RATE_LIMIT_PHASE = "http_request_dynamic_redirect", "http_ratelimit"
_DEFAULT_REDIRECT_STATUS = 307
_SETTINGS = ("ssl", "always_use_https", "min_tls_version")


class World:
    """The current snapshot, read again when the store has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshot: Snapshot | None = None

    def now(self) -> Snapshot:
        """Return the snapshot of the store's newest version."""
        if self._snapshot is None or self._snapshot.version != self._store.version():
            self._snapshot = read(self._store)
        return self._snapshot


def read(store: Store) -> Snapshot:
    """Return a snapshot of one version: in the transaction no other process can write."""
    with store.transaction():
        version = store.version()
        return Snapshot(
            version=version,
            zones=tuple(_zone(store, document, version) for document in store.find("cloudflare.zones")),
            domains=_domains(store),
            scripts=_scripts(store),
            namespaces={str(one["id"]): one for one in store.find("cloudflare.durable_object_namespaces")},
            schedules=tuple(
                (str(triggers["_script"]), str(schedule["cron"]))
                for triggers in store.find("cloudflare.workers_schedules")
                for schedule in triggers["schedules"]
            ),
            outages=frozenset(str(each["region"]) for each in store.find("sandbox.outages")),
            dev_hosts=_dev_hosts(store),
            auth_hosts=frozenset(instances.hosts(store)),
        )


def _zone(store: Store, document: Document, version: int) -> Zone:
    id_ = str(document["id"])
    settings = {name: store.get("cloudflare.zone_settings", f"{id_}/{name}") for name in _SETTINGS}
    return Zone(
        id=id_,
        name=str(document["name"]).lower(),
        account=str(document["account"]["id"]),
        serial=version,
        name_servers=tuple(document["name_servers"]),
        records=tuple(_record(record) for record in store.find("cloudflare.dns_records", zone_id=id_)),
        settings={name: str(setting["value"]) for name, setting in settings.items() if setting},
        redirect_rules=_rules(store, id_, _REDIRECT_PHASE),
        rate_limits=_rules(store, id_, _RATE_LIMIT_PHASE),
        workers={
            str(domain["hostname"]).lower(): str(domain["service"])
            for domain in store.find("cloudflare.workers_domains", zone_id=id_)
        },
        routes=tuple(
            (str(route["pattern"]), str(route.get("script") or ""))
            for route in store.find("cloudflare.workers_routes", _zone_id=id_)
        ),
    )


def _rules(store: Store, zone: str, phase: str) -> tuple[Document, ...]:
    rulesets = store.find("cloudflare.rulesets", _zone_id=zone, phase=phase)
    return tuple(rule for ruleset in rulesets for rule in ruleset.get("rules") or ())


def _record(document: Document) -> Record:
    return Record(
        name=str(document["name"]).lower(),
        type=str(document["type"]),
        content=str(document["content"]),
        ttl=int(document["ttl"]),
        proxied=bool(document.get("proxied")),
        priority=document.get("priority"),
    )


def _domains(store: Store) -> dict[str, Domain]:
    """Return every host name on Vercel: the attached ones, and one for each deployment that is ready."""
    projects = {str(document["id"]): document for document in store.find("vercel.projects")}
    ready = {str(document["id"]): document for document in store.find("vercel.deployments", readyState="READY")}
    found = [
        _domain(document, projects[document["projectId"]], _serving(document, projects[document["projectId"]], ready))
        for document in store.find("vercel.project_domains")
        if document["verified"] and document["projectId"] in projects
    ]
    found += [
        _domain({"name": document["url"]}, projects[document["projectId"]], document)
        for document in ready.values()
        if document["projectId"] in projects
    ]
    return {domain.name: domain for domain in found}


def _serving(domain: Document, project: Document, ready: Mapping[str, Document]) -> Document | None:
    """Return the deployment to which the domain is pinned, the promoted one, or the newest of its branch."""
    if pinned := ready.get(str(domain.get("_pinned"))):
        return pinned
    if domain.get("_alias"):
        return None
    if not domain.get("gitBranch"):
        promoted = (project.get("targets") or {}).get("production") or {}
        return ready.get(str(promoted.get("id")))
    own = [
        deployment
        for deployment in ready.values()
        if deployment["projectId"] == project["id"]
        and (deployment.get("gitSource") or {}).get("ref") == domain["gitBranch"]
    ]
    return max(own, key=lambda deployment: int(deployment["createdAt"]), default=None)


def _domain(document: Document, project: Document, deployment: Document | None) -> Domain:
    name = str(document["name"]).lower()
    protection = (project.get("ssoProtection") or {}).get("deploymentType")
    return Domain(
        name=name,
        project=Project(
            id=str(project["id"]), name=str(project["name"]), root_directory=str(project.get("rootDirectory") or "")
        ),
        serves=_deployment(deployment) if deployment else None,
        protected=protection == "all" or (protection is not None and name.endswith(VERCEL_SUFFIX)),
        redirect=document.get("redirect") or None,
        redirect_status=int(document.get("redirectStatusCode") or _DEFAULT_REDIRECT_STATUS),
        certificate_valid=document.get("_certificate") != "invalid",
    )


def _deployment(document: Document) -> Deployment:
    return Deployment(
        id=str(document["id"]),
        environment=dict(document["env"]),
        regions=frozenset(map(str, document.get("regions") or ())),
    )


def _dev_hosts(store: Store) -> dict[str, str]:
    """Return host -> script (https://developers.cloudflare.com/workers/configuration/routing/workers-dev/)."""
    accounts = {str(account["id"]): str(account["name"]).lower() for account in store.find("cloudflare.accounts")}
    enabled = {
        f"{script['_account_id']}/{script['id']}": script
        for script in store.find("cloudflare.workers_scripts")
        if (store.get("cloudflare.workers_script_subdomains", f"{script['_account_id']}/{script['id']}") or {}).get(
            "enabled"
        )
    }
    return {f"{script['id']}.{accounts[script['_account_id']]}{WORKERS_DEV}": key for key, script in enabled.items()}


def _scripts(store: Store) -> dict[str, Document]:
    """Return every script with the code and bindings of the version that was deployed last."""
    deployed = {
        str(deployment["_script"]): str(deployment["versions"][0]["version_id"])
        for deployment in store.find("cloudflare.workers_deployments")
    }
    scripts = {f"{script['_account_id']}/{script['id']}": script for script in store.find("cloudflare.workers_scripts")}
    return {key: script | _content(store, deployed.get(key)) for key, script in scripts.items()}


def _content(store: Store, version: str | None) -> Document:
    found = store.get("cloudflare.workers_versions", version) if version else None
    return dict(found["_content"]) if found else {}
