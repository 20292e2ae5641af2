"""Workers: scripts, versions, deployments, domains, routes."""

from sandbox.cloud.cloudflare.workers import classes, deployments, domains, routes, schedules, scripts, versions
from sandbox.cloud.cloudflare.workers.cron import Expression

__all__ = [
    "Expression",
    "classes",
    "deployments",
    "domains",
    "routes",
    "schedules",
    "scripts",
    "versions",
]
