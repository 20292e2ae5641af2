"""Each package served over gRPC, with a recording vendor behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.providers.cloudflare.package import Cloudflare
from sandbox.providers.neon.package import Neon
from sandbox.providers.random.package import Random
from sandbox.providers.vercel.package import Pauses, Vercel
from tests.sandbox.providers.support import Provider, Vendor


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor's API on loopback."""
    server = Vendor()
    yield server
    server.stop()


@pytest.fixture
def cloudflare(vendor: Vendor) -> Iterator[Provider]:
    """The package `cloudflare`, configured."""
    provider = Provider(Cloudflare(f"{vendor.base}/client/v4", "default-token"))
    yield provider.configure()
    provider.stop()


@pytest.fixture
def vercel(vendor: Vendor) -> Iterator[Provider]:
    """The package `vercel`, configured without a team, without pauses."""
    vendor.on("GET /frameworks", [{"slug": "nextjs"}, {"slug": "astro"}])
    vendor.on("GET /dcs", {"iad1": {"caps": ["V2_DEPLOYMENT_CREATE"]}, "old1": {"caps": []}})
    provider = Provider(Vercel(vendor.base, "v" * 24, Pauses(deployment=0, propagation=0)))
    yield provider.configure()
    provider.stop()


@pytest.fixture
def neon(vendor: Vendor) -> Iterator[Provider]:
    """The package `neon`, configured."""
    provider = Provider(Neon(f"{vendor.base}/neon/api/v2", "napi_default", retry_seconds=0))
    yield provider.configure()
    provider.stop()


@pytest.fixture
def random_values() -> Iterator[Provider]:
    """The package `random`, configured."""
    provider = Provider(Random())
    yield provider.configure()
    provider.stop()
