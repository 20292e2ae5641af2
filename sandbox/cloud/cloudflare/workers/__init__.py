"""Workers: scripts, versions, deployments, domains, routes."""

from sandbox.cloud.cloudflare.workers import (
    classes,
    deployments,
    domains,
    routes,
    schedules,
    scripts,
    uploads,
    versions,
    workers,
)
from sandbox.cloud.cloudflare.workers.cron import Expression

__all__ = [
    "Expression",
    "classes",
    "deployments",
    "domains",
    "routes",
    "schedules",
    "scripts",
    "uploads",
    "versions",
    "workers",
]
