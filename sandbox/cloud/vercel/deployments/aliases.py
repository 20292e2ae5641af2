"""The mapping between domains and the deployments that they lead to.

A domain without a branch follows the project's production; a domain with one follows the newest deployment of that
branch. So the mapping is right as soon as a domain is added, moved or removed. Only two cases are stored: a domain led
to one deployment by hand (`_pinned`), until the next production, and a host that is only an alias (`_alias`).
"""

from __future__ import annotations

import hashlib

from sandbox.cloud.vercel.protocol import DEPLOYMENTS
from sandbox.state import Document, Store

DOMAINS = "vercel.project_domains"
"""The collection of hosts, both of projects and of aliases."""


def of_deployment(store: Store, deployment: Document) -> list[Document]:
    """Return the verified domains that lead to the deployment, oldest first."""
    return [
        domain
        for domain in store.find(DOMAINS, project_id=deployment["projectId"], verified=True)
        if (serving := deployment_behind(store, domain)) and serving["id"] == deployment["id"]
    ]


def of_production(store: Store, project: Document) -> list[Document]:
    """Return the verified domains that follow the project's production, oldest first."""
    found = store.find(DOMAINS, project_id=project["id"], verified=True, gitBranch=None)
    return [domain for domain in found if not domain.get("_alias")]


def deployment_behind(store: Store, domain: Document) -> Document | None:
    """Return the deployment that the domain leads to, if any."""
    if pinned := store.get(DEPLOYMENTS, domain.get("_pinned") or ""):
        return pinned
    if domain.get("_alias"):
        return None
    if domain["gitBranch"] is None:
        project = store.get("vercel.projects", domain["projectId"]) or {"targets": {}}
        target = project["targets"].get("production")
        return store.get(DEPLOYMENTS, target["id"]) if target else None
    ready = store.find(DEPLOYMENTS, project_id=domain["projectId"], readyState="READY")
    own = [deployment for deployment in ready if reference(deployment) == domain["gitBranch"]]
    return max(own, key=lambda deployment: int(deployment["createdAt"]), default=None)


def reference(deployment: Document) -> str | None:
    """Return the deployed branch, tag or commit; None for uploaded files."""
    return (deployment.get("gitSource") or {}).get("ref")


def at_host(store: Store, host: str, owner: str) -> Document | None:
    """Return the owner's deployment to which the host leads, if any."""
    domains = store.find(DOMAINS, name=host.lower(), verified=True, _owner=owner)
    return deployment_behind(store, domains[0]) if domains else None


def identifier(domain: Document) -> str:
    """Return the domain's id as an alias, which is the same each time."""
    return hashlib.sha256(f"{domain['projectId']}/{domain['name']}".encode()).hexdigest()[:24]
