"""From the vendors' documents in the store to what the internet can see of them."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.cloud.store import Document, Store
from sandbox.edge.world import Deployment, Domain, Project, Record, Snapshot, Zone

_REDIRECT_PHASE = "http_request_dynamic_redirect"
_DEFAULT_REDIRECT_STATUS = 307
_SETTINGS = ("ssl", "always_use_https", "min_tls_version")


class World:
    """The current snapshot, read anew whenever the store has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshot: Snapshot | None = None

    def now(self) -> Snapshot:
        """The snapshot of the store's newest version."""
        if self._snapshot is None or self._snapshot.version != self._store.version():
            self._snapshot = read(self._store)
        return self._snapshot


def read(store: Store) -> Snapshot:
    """Everything of one version: no other process can write in between."""
    with store.transaction():
        version = store.version()
        projects = {str(document["id"]): _project(store, document) for document in store.find("vercel.projects")}
        return Snapshot(
            version=version,
            zones=tuple(_zone(store, document, version) for document in store.find("cloudflare.zones")),
            projects=projects,
            domains=_domains(store, projects),
            scripts=_scripts(store),
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
        redirect_rules=tuple(
            rule
            for ruleset in store.find("cloudflare.rulesets", _zone_id=id_, phase=_REDIRECT_PHASE)
            for rule in ruleset.get("rules") or ()
        ),
        workers={
            str(domain["hostname"]).lower(): str(domain["service"])
            for domain in store.find("cloudflare.workers_domains", zone_id=id_)
        },
        routes=tuple(
            (str(route["pattern"]), str(route.get("script") or ""))
            for route in store.find("cloudflare.workers_routes", _zone_id=id_)
        ),
    )


def _record(document: Document) -> Record:
    return Record(
        name=str(document["name"]).lower(),
        type=str(document["type"]),
        content=str(document["content"]),
        ttl=int(document["ttl"]),
        proxied=bool(document.get("proxied")),
        priority=document.get("priority"),
    )


def _project(store: Store, document: Document) -> Project:
    id_ = str(document["id"])
    ready = store.find("vercel.deployments", projectId=id_, target="production", readyState="READY")
    promoted = ((document.get("targets") or {}).get("production") or {}).get("id")
    serving = [deployment for deployment in ready if deployment["id"] == promoted] or ready
    newest = max(serving, key=lambda deployment: int(deployment["createdAt"]), default=None)
    return Project(
        id=id_,
        name=str(document["name"]),
        root_directory=str(document.get("rootDirectory") or ""),
        protected=bool(document.get("ssoProtection")),
        production=Deployment(id=str(newest["id"]), environment=dict(newest["_env"])) if newest else None,
    )


def _domains(store: Store, projects: Mapping[str, Project]) -> dict[str, Domain]:
    return {
        str(document["name"]).lower(): Domain(
            name=str(document["name"]).lower(),
            project=projects[document["projectId"]],
            redirect=document.get("redirect") or None,
            redirect_status=int(document.get("redirectStatusCode") or _DEFAULT_REDIRECT_STATUS),
            certificate_valid=document.get("_certificate") != "invalid",
        )
        for document in store.find("vercel.project_domains")
        if document.get("verified", True) and document["projectId"] in projects
    }


def _scripts(store: Store) -> dict[str, Document]:
    return {f"{script['_account_id']}/{script['id']}": script for script in store.find("cloudflare.workers_scripts")}
