"""The package `cloudflare`: resource types whose state is the API's answer, name for name."""

from sandbox.providers.cloudflare.package import Cloudflare

__all__ = [
    "Cloudflare",
]
