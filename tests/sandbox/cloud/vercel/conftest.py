"""A project that can be deployed."""

from __future__ import annotations

import pytest

from tests.sandbox.cloud.support import Cloud
from tests.sandbox.cloud.vercel.deploying import HOST, linked


@pytest.fixture
def project(cloud: Cloud) -> str:
    """The id of a project with a repository and a host."""
    id_ = linked(cloud, "prductr-com")
    cloud.vercel.post(f"/v10/projects/{id_}/domains", json={"name": HOST}).raise_for_status()
    return id_
