"""The simulated clouds, and the hands of an adoption in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from launch.adopt.hands import Hands
from tests.sandbox.cloud.conftest import _running, cloud  # noqa: F401 -- fixtures
from tests.sandbox.cloud.support import Cloud
from vendors import Access


@pytest.fixture
def access(cloud: Cloud) -> Access:  # noqa: F811 -- the fixture
    credentials = cloud.home.credentials
    return Access(
        cloudflare_url=f"{cloud.url}/client/v4",
        cloudflare_token=credentials.cloudflare_api_token,
        vercel_url=f"{cloud.url}/vercel",
        vercel_token=credentials.vercel_api_token,
        vercel_team="hhnn",
        neon_key="",
    )


@pytest.fixture
def hands(access: Access) -> Iterator[Hands]:
    with Hands.of(access) as made:
        yield made


@pytest.fixture
def project(cloud: Cloud) -> Callable[[str], str]:  # noqa: F811 -- the fixture
    """Returns the id of a new Vercel project of a name."""

    def make(name: str) -> str:
        answer = cloud.vercel.post("/v11/projects", json={"name": name})
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    return make
