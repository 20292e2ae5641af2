"""Small clients of Cloudflare, Vercel, Neon and GitHub, for whoever reads or changes there without Pulumi.

Each call is one request of the vendor's API, lists are read to their last page, and a failure is one typed error that
says what, where and what to do. Credentials and addresses are handed in as `Access`; nothing here reads configuration.

    access = Access.of(configuration, environment)
    zone = Cloudflare.connect(access).zone("prductr.com")      # None if there is none
"""

from vendors.access import Access
from vendors.api import Api
from vendors.cloudflare import Cloudflare
from vendors.errors import (
    MissingError,
    RefusedAccessError,
    RefusedRequestError,
    UnreachableError,
    VendorError,
)
from vendors.github import GitHub, GitHubError
from vendors.neon import Neon
from vendors.vercel import Vercel

__all__ = [
    "Access",
    "Api",
    "Cloudflare",
    "GitHub",
    "GitHubError",
    "MissingError",
    "Neon",
    "RefusedAccessError",
    "RefusedRequestError",
    "UnreachableError",
    "VendorError",
    "Vercel",
]
