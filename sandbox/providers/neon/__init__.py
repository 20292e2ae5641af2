"""The package `neon`: the community's Terraform provider behind the bridge for any provider, `terraform-provider`."""

from sandbox.providers.neon.package import Neon

__all__ = [
    "Neon",
]
