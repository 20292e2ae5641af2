"""Neon Auth of branches. Prevents: tests of the gateway with different keys where production's are the same."""

from __future__ import annotations

from pathlib import Path

import yaml

from sandbox.cloud.neon.auth import instances
from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import Neon
from tests.sandbox.cloud.neon.test_branches import branch

ENABLE = {"auth_provider": "better_auth"}
PROJECT = Path(__file__).parents[4]


def path(made: Document) -> str:
    return f"/projects/{made['branch']['project_id']}/branches/{made['branch']['id']}/auth"


def test_a_branch_has_a_copy_of_the_keys_under_its_own_origin(neon: Neon) -> None:
    project = neon.project(name="with-auth")
    neon.refused(404, "GET", path(project))
    enabled = neon.call("POST", path(project), ENABLE, expect=201)
    assert enabled["jwks_url"] == f"{enabled['base_url']}/.well-known/jwks.json"
    child = branch(neon, project, "review")
    inherited = neon.call("GET", path(child))
    assert inherited["base_url"] != enabled["base_url"]
    store = neon.context.store
    hosts = [found["base_url"].split("/")[2] for found in (enabled, inherited)]
    assert set(hosts) <= set(instances.hosts(store))
    first, second = (instances.find(store, host) for host in hosts)
    assert first is not None
    assert second is not None
    assert first["keys"] == second["keys"]
    neon.call("DELETE", f"/projects/{project['project']['id']}")


def test_auth_is_enabled_once_and_removed_when_it_is_disabled(neon: Neon) -> None:
    project = neon.project(name="auth-once")
    neon.refused(400, "POST", path(project), {"auth_provider": "stack"})
    neon.refused(404, "POST", path(project), ENABLE | {"database_name": "none"})
    neon.call("POST", path(project), ENABLE, expect=201)
    neon.refused(409, "POST", path(project), ENABLE)
    neon.call("DELETE", path(project))
    neon.refused(404, "GET", path(project))
    neon.call("DELETE", f"/projects/{project['project']['id']}")


def test_the_standing_instance_is_the_one_that_the_sandboxs_stack_names() -> None:
    stack = yaml.safe_load((PROJECT / "Pulumi.sandbox.yaml").read_text())
    assert stack["config"]["prductr:neonAuthUrl"] == f"https://{instances.STANDING_HOST}/neondb/auth"
