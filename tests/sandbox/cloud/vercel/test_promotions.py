"""A rollback brings back an earlier deployment with its environment, which serves until somebody promotes another."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.cloud.support import Cloud, refused
from tests.sandbox.cloud.vercel.deploying import HOST, create, current, deployed, linked, read, set_variable

HOSTS = ["prductr-com.vercel.app", HOST]


def promote(cloud: Cloud, project: str, deployment: str) -> httpx.Response:
    return cloud.vercel.post(f"/v10/projects/{project}/promote/{deployment}")


def roll_back(cloud: Cloud, project: str, deployment: str, **query: str) -> httpx.Response:
    return cloud.vercel.post(f"/v1/projects/{project}/rollback/{deployment}", params=query, json={})


def aliases(cloud: Cloud, project: str, **query: str) -> list[tuple[str, str]]:
    answer = cloud.vercel.get(f"/v1/projects/{project}/promote/aliases", params=query).json()
    assert answer["pagination"]["count"] == len(answer["aliases"])
    return [(one["alias"], one["status"]) for one in answer["aliases"]]


def leading_to(cloud: Cloud, deployment: str) -> list[str]:
    return [one["alias"] for one in cloud.vercel.get(f"/v2/deployments/{deployment}/aliases").json()["aliases"]]


def test_an_earlier_deployment_is_promoted_with_its_own_environment(cloud: Cloud, project: str) -> None:
    first, second = deployed(cloud, project), deployed(cloud, project)
    assert current(cloud, project) == second["id"]
    answer = promote(cloud, project, first["id"])
    assert (answer.status_code, answer.content) == (201, b"")
    assert current(cloud, project) == first["id"]
    assert (leading_to(cloud, first["id"]), leading_to(cloud, second["id"])) == (HOSTS, [])
    assert refused(promote(cloud, project, first["id"])) == (409, "conflict")


def test_only_a_deployment_that_is_ready_for_production_can_be_promoted(cloud: Cloud, project: str) -> None:
    waiting = create(cloud, project).json()
    assert refused(promote(cloud, project, waiting["id"])) == (400, "bad_request")
    preview = deployed(cloud, project, target=None)
    assert refused(promote(cloud, project, preview["id"])) == (400, "bad_request")
    assert refused(promote(cloud, project, "dpl_nobody")) == (404, "not_found")


def test_production_goes_back_with_its_domains_and_its_earlier_environment(cloud: Cloud, project: str) -> None:
    set_variable(cloud, project, "worked")
    first = deployed(cloud, project)
    set_variable(cloud, project, "broken")
    second = deployed(cloud, project)
    answer = roll_back(cloud, project, first["id"], description="the new one shows errors")
    assert (answer.status_code, answer.content) == (201, b"")
    shown = read(cloud, project)
    assert (shown["targets"]["production"]["id"], shown["targets"]["production"]["alias"]) == (first["id"], HOSTS)
    stored = cloud.store.get("vercel.deployments", first["id"])
    assert stored is not None
    assert stored["env"]["FLAG"] == "worked"
    request = {"fromDeploymentId": second["id"], "toDeploymentId": first["id"], "jobStatus": "succeeded"}
    request |= {"requestedAt": int(cloud.clock().timestamp() * 1000)}
    assert shown["lastRollbackTarget"] == request
    assert shown["lastAliasRequest"] == request | {"type": "rollback"}
    reason = shown["rollbackDescription"]
    assert (reason["username"], reason["description"]) == ("prductr-operator", "the new one shows errors")
    assert aliases(cloud, project) == [(host, "completed") for host in reversed(HOSTS)]
    assert aliases(cloud, project, failedOnly="true") == []


def test_nothing_takes_over_after_a_rollback_until_it_is_promoted(cloud: Cloud, project: str) -> None:
    first, _ = deployed(cloud, project), deployed(cloud, project)
    roll_back(cloud, project, first["id"]).raise_for_status()
    fixed = deployed(cloud, project)
    assert (current(cloud, project), fixed["readySubstate"]) == (first["id"], "STAGED")
    assert read(cloud, project)["autoAssignCustomDomains"] is False
    assert promote(cloud, project, fixed["id"]).status_code == 201
    shown = read(cloud, project)
    assert (shown["targets"]["production"]["id"], shown["autoAssignCustomDomains"]) == (fixed["id"], True)
    assert (shown["lastAliasRequest"]["type"], shown["lastRollbackTarget"]) == ("promote", None)
    assert "rollbackDescription" not in shown
    assert current(cloud, project) == fixed["id"]
    assert deployed(cloud, project)["id"] == current(cloud, project)


def test_a_promotion_leaves_a_switch_alone_that_no_rollback_turned_off(cloud: Cloud, project: str) -> None:
    cloud.vercel.patch(f"/v9/projects/{project}", json={"autoAssignCustomDomains": False}).raise_for_status()
    promote(cloud, project, deployed(cloud, project)["id"]).raise_for_status()
    assert read(cloud, project)["autoAssignCustomDomains"] is False


def test_a_project_that_nobody_moved_has_no_last_request(cloud: Cloud, project: str) -> None:
    deployed(cloud, project)
    shown = read(cloud, project)
    assert (shown["lastAliasRequest"], shown["lastRollbackTarget"]) == (None, None)
    assert aliases(cloud, project) == []


def test_production_goes_back_only_to_an_earlier_production_deployment(cloud: Cloud, project: str) -> None:
    first = deployed(cloud, project)
    cloud.vercel.patch(f"/v9/projects/{project}", json={"autoAssignCustomDomains": False}).raise_for_status()
    candidates = {
        "staged": deployed(cloud, project),
        "preview": deployed(cloud, project, target=None),
        "waiting": create(cloud, project).json(),
        "broken": broken(cloud, project),
    }
    answers = {name: refused(roll_back(cloud, project, one["id"])) for name, one in candidates.items()}
    assert answers == dict.fromkeys(candidates, (400, "bad_request"))
    assert refused(roll_back(cloud, project, first["id"])) == (409, "conflict")
    assert refused(roll_back(cloud, project, "dpl_nobody")) == (404, "not_found")
    assert refused(roll_back(cloud, "prj_nobody", first["id"])) == (404, "not_found")
    assert read(cloud, project)["lastAliasRequest"] is None


def test_production_goes_back_to_no_deployment_of_another_project(cloud: Cloud, project: str) -> None:
    deployed(cloud, project)
    other = deployed(cloud, linked(cloud, "prductr-landing"))
    assert refused(roll_back(cloud, project, other["id"])) == (404, "not_found")
    assert refused(promote(cloud, project, other["id"])) == (404, "not_found")


def test_a_reason_has_a_maximum_length(cloud: Cloud, project: str) -> None:
    first, second = deployed(cloud, project), deployed(cloud, project)
    assert refused(roll_back(cloud, project, first["id"], description="x" * 251)) == (400, "bad_request")
    assert current(cloud, project) == second["id"]


def test_a_rollback_by_the_version_that_the_command_line_calls(cloud: Cloud, project: str) -> None:
    first, _ = deployed(cloud, project), deployed(cloud, project)
    assert cloud.vercel.post(f"/v9/projects/{project}/rollback/{first['id']}", json={}).status_code == 201
    assert current(cloud, project) == first["id"]


def broken(cloud: Cloud, project: str) -> dict[str, Any]:
    """Return a deployment whose build failed."""
    cloud.faults.add({"action": "build_error", "count": 1})
    failed = deployed(cloud, project)
    assert failed["readyState"] == "ERROR"
    return failed
