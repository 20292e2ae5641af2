"""Connections to the vendors. Prevents: some that stay open after a plan, a step or a rescue, done or failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contract.problem import Problem
from launch.analytics.rotation import Site, _gone
from launch.report import Verdict
from launch.rollback import database, plan, sites, workers
from launch.rollback.applying import Vendors
from launch.rollback.model import How, Step
from launch.rollback.rescue import rescue
from launch.stack import Stack
from launch.stack.past import updates
from tests.clients import all_closed
from tests.launch.history.test_history import entry
from tests.sandbox.cloud.conftest import _running, cloud  # noqa: F401 -- fixtures
from tests.sandbox.cloud.support import ACCOUNT, Cloud
from vendors import Access, VendorError


@pytest.fixture
def stack(cloud: Cloud) -> Stack:  # noqa: F811 -- the fixture
    """One with two deployments, and access to the clouds."""
    credentials = cloud.home.credentials
    settings = {
        "cloudflare:baseUrl": f"{cloud.url}/client/v4",
        "cloudflare:apiToken": credentials.cloudflare_api_token,
        "vercel:apiToken": credentials.vercel_api_token,
        "vercel:team": "hhnn",
        "neon:apiKey": "of-nobody",
    }
    outputs: Mapping[str, Any] = {"database": {"project_id": "p", "branch_id": "b"}}
    stub = SimpleNamespace(
        name="prod",
        environment={"LAUNCH_VERCEL_URL": f"{cloud.url}/vercel", "LAUNCH_NEON_URL": f"{cloud.url}/neon/api/v2"},
        history=lambda: updates([entry(1), entry(2)]),
        resources=list,
        outputs=lambda secrets: outputs,  # noqa: ARG005 -- the stack's own name
        provider_settings=lambda: settings,
        configuration=lambda: settings,
    )
    return cast("Stack", stub)


def test_a_plan_leaves_no_connection(stack: Stack) -> None:
    with all_closed(2), pytest.raises(Problem, match="owner_database_url"):
        plan(stack, None)


def test_a_step_that_is_done_leaves_no_connection(stack: Stack, cloud: Cloud) -> None:  # noqa: F811 -- the fixture
    project = cloud.vercel.post("/v11/projects", json={"name": "prductr-com"}).json()["id"]
    step = Step(subject="site", how=How.ITSELF, detail="", action=sites.PROMOTE, place=project, wanted="")
    with all_closed(1):
        (done,) = Vendors(Access.of(stack.provider_settings(), stack.environment)).go([step])
    assert done.verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("action", "place"), [(sites.PROMOTE, "none"), (workers.VERSION, f"{ACCOUNT}/none"), (database.RESTORE, "p/b")]
)
def test_a_step_that_fails_leaves_no_connection(stack: Stack, action: str, place: str) -> None:
    step = Step(subject="it", how=How.ITSELF, detail="", action=action, place=place, wanted="w", kept_as="k")
    with all_closed(1), pytest.raises((VendorError, Problem)):
        Vendors(Access.of(stack.provider_settings(), stack.environment)).go([step])


def test_a_rescue_leaves_no_connection(stack: Stack) -> None:
    with all_closed(1), pytest.raises(VendorError):
        rescue(stack, ["users"], datetime(2026, 1, 1, tzinfo=UTC), apply=False)


def test_a_rotation_leaves_no_connection(stack: Stack) -> None:
    old = Site(urn="urn:site", account=ACCOUNT, tag="t", created="then")
    with all_closed(1):
        assert _gone(stack, old).verdict is Verdict.PASSED
