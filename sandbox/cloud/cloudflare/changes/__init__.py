"""What changes a Worker without an upload of its own: secrets, settings, triggers, and its end."""

from sandbox.cloud.cloudflare.changes import secrets, services, triggers

__all__ = [
    "secrets",
    "services",
    "triggers",
]
