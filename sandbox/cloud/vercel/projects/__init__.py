"""Projects and their domains."""

from sandbox.cloud.vercel.projects import dns, domains, project_domains, projects
from sandbox.cloud.vercel.projects.project_fields import SETTINGS

__all__ = [
    "SETTINGS",
    "dns",
    "domains",
    "project_domains",
    "projects",
]
