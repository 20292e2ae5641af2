"""Small clients of Cloudflare, Vercel, Neon and GitHub, for code that reads or changes them without Pulumi.

Each call is one request to the vendor's API. Lists are read to their last page. A failure is one typed error that says
what happened, where, and what to do. Credentials and addresses are passed in as `Access`; nothing here reads
configuration.

    access = Access.of(configuration, environment)
    zone = Cloudflare.connect(access).zone("prductr.com")      # None if there is none
"""

from vendors import small_httpx  # noqa: F401 -- before the first of the others
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
