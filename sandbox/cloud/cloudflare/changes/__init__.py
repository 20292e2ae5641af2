"""Changes to a Worker without an upload: secrets, settings, triggers, and deletion."""

from sandbox.cloud.cloudflare.changes import secrets, services, triggers

__all__ = [
    "secrets",
    "services",
    "triggers",
]
