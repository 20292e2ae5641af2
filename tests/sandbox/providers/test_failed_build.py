"""A failed build must stop the update, leave production alone, and not block the next one.

The resource runs on the sandbox's own Vercel; the other tests of packages use a recording vendor.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.providers.core import schema
from sandbox.providers.core.errors import HalfMadeError, ProviderError
from sandbox.providers.vercel.client import Client, connect
from sandbox.providers.vercel.deployment import Deployment
from tests.sandbox.cloud.conftest import _running, cloud
from tests.sandbox.cloud.support import Cloud
from tests.sandbox.cloud.vercel.conftest import project
from tests.sandbox.cloud.vercel.deploying import current

__all__ = ["_running", "cloud", "project"]


@pytest.fixture
def deployments(cloud: Cloud) -> Iterator[Deployment]:
    """The resource type, which polls without a pause."""
    api = connect(f"{cloud.url}/vercel", cloud.home.credentials.vercel_api_token)
    with api.client:
        client = Client(api=api, regions=api, frameworks=api)
        yield Deployment(schema.load("vercel")["vercel:index/deployment:Deployment"], client, poll_seconds=0)


def inputs(project: str) -> dict[str, object]:
    return {"projectId": project, "teamId": "hhnn", "ref": "main", "production": True}


def test_a_failed_build_is_an_error_and_the_next_update_succeeds(
    cloud: Cloud, project: str, deployments: Deployment
) -> None:
    before = deployments.create(inputs(project))
    cloud.faults.add({"action": "build_error", "match": {"path": "^prductr-com/main$"}, "count": 1})
    with pytest.raises(ProviderError) as refused:
        deployments.create(inputs(project))
    assert 'BUILD_UTILS_SPAWN_1 - Command "npm run build" exited with 1. Visit https://' in str(refused.value)
    assert not isinstance(refused.value, HalfMadeError)
    assert current(cloud, project) == before.identifier
    again = deployments.create(inputs(project))
    assert current(cloud, project) == again.identifier
    assert again.state["domains"] == ["prductr-com.vercel.app", "dashboard.prductr.com"]


def test_a_deployment_after_a_rollback_is_made_and_takes_nothing_over(
    cloud: Cloud, project: str, deployments: Deployment
) -> None:
    first = deployments.create(inputs(project)).identifier
    deployments.create(inputs(project))
    cloud.vercel.post(f"/v1/projects/{project}/rollback/{first}").raise_for_status()
    assert deployments.create(inputs(project)).state["domains"] == []
    assert current(cloud, project) == first
