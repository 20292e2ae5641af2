"""The package `cloudflare`: resource types whose state is the API's response, field by field."""

from sandbox.providers.cloudflare.package import Cloudflare

__all__ = [
    "Cloudflare",
]
