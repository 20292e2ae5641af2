"""Projects and their domains."""

from sandbox.cloud.vercel.projects import dns, project_domains, projects
from sandbox.cloud.vercel.projects.project_fields import SETTINGS

__all__ = [
    "SETTINGS",
    "dns",
    "project_domains",
    "projects",
]
