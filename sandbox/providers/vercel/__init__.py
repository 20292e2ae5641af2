"""The package `vercel`: projects, their domains, environment variables and deployments."""

from sandbox.providers.vercel.package import Vercel

__all__ = [
    "Vercel",
]
