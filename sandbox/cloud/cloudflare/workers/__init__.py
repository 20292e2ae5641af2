"""Workers: scripts, versions, deployments, domains, routes."""

from sandbox.cloud.cloudflare.workers import deployments, domains, routes, scripts, versions

__all__ = [
    "deployments",
    "domains",
    "routes",
    "scripts",
    "versions",
]
