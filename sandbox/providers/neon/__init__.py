"""The package `neon`: the community's Terraform provider behind the generic bridge `terraform-provider`."""

from sandbox.providers.neon.package import Neon

__all__ = [
    "Neon",
]
