"""The calls that the official Vercel plugin makes, and no others.

Prevents: an attached provider that passes on the sandbox because it makes a call that the real plugin never makes.
"""

from __future__ import annotations

import pytest

from sandbox.providers.core.values import UNKNOWN, Secret
from tests.sandbox.providers.support import Answer, Call, FailedError, Provider, Vendor

PROJECT = "vercel:index/project:Project"
DOMAIN = "vercel:index/projectDomain:ProjectDomain"
VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
VARIABLES = "vercel:index/projectEnvironmentVariables:ProjectEnvironmentVariables"
DEPLOYMENT = "vercel:index/deployment:Deployment"

LINK = {"type": "github", "org": "o", "repo": "r", "productionBranch": "main"}
ANSWER = {"id": "P", "name": "site", "framework": "nextjs", "link": LINK, "gitForkProtection": True}
ENV = "/vercel/v8/projects/P/env?decrypt=true&limit=100"


def test_a_project_is_made_read_and_set_and_its_branch_named(vercel: Provider, vendor: Vendor) -> None:
    inputs = {
        "name": "site",
        "framework": "nextjs",
        "rootDirectory": "web",
        "gitRepository": {"type": "github", "repo": "o/r", "productionBranch": "main"},
        "resourceConfig": {"functionDefaultRegions": ["iad1"]},
    }
    vendor.on("POST /vercel/v8/projects", ANSWER)
    vendor.on(f"GET {ENV}", {"envs": []})
    vendor.on("PATCH /vercel/v9/projects/P", ANSWER)
    vendor.on("PATCH /vercel/v9/projects/P/branch", {})
    vendor.on("GET /vercel/v10/projects/P", {**ANSWER, "nodeVersion": "24.x"})
    identifier, state = vercel.create(PROJECT, inputs)
    calls = vendor.taken()
    assert [call.line for call in calls] == [
        "POST /vercel/v8/projects",
        f"GET {ENV}",
        "PATCH /vercel/v9/projects/P",
        "PATCH /vercel/v9/projects/P/branch",
        "GET /vercel/v10/projects/P",
    ]
    assert calls[0].body == {
        "name": "site",
        "framework": "nextjs",
        "rootDirectory": "web",
        "buildCommand": None,
        "devCommand": None,
        "installCommand": None,
        "outputDirectory": None,
        "previewDeploymentSuffix": None,
        "gitRepository": {"type": "github", "repo": "o/r"},
        "oidcTokenConfig": {"issuerMode": "team"},
        "resourceConfig": {"functionDefaultRegions": ["iad1"]},
        "ssoProtection": {"deploymentType": "all_except_custom_domains"},
    }
    settings = calls[2].body
    assert settings["autoExposeSystemEnvs"] is False
    assert (settings["gitComments"], settings["gitForkProtection"], settings["autoAssignCustomDomains"]) == (
        None,
        True,
        True,
    )
    assert "name" not in settings
    assert calls[3].body == {"branch": "main"}
    assert (identifier, state["nodeVersion"], state["gitRepository"]["repo"]) == ("P", "24.x", "o/r")


def test_a_project_that_moves_to_another_repository_is_unlinked_and_linked(vercel: Provider, vendor: Vendor) -> None:
    repository = {"type": "github", "repo": "o/r", "productionBranch": "main"}
    state = {"name": "site", "gitRepository": repository, "vercelAuthentication": {"deploymentType": "none"}}
    vendor.on("PATCH /vercel/v9/projects/P", ANSWER)
    vendor.on("DELETE /vercel/v9/projects/P/link", ANSWER)
    vendor.on("POST /vercel/v9/projects/P/link", ANSWER)
    vendor.on("PATCH /vercel/v9/projects/P/branch", {})
    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    vendor.on(f"GET {ENV}", {"envs": []})
    vercel.update(PROJECT, "P", state, {"name": "new", "gitRepository": {"type": "github", "repo": "o/other"}})
    calls = vendor.taken()
    assert [call.line for call in calls] == [
        "PATCH /vercel/v9/projects/P",
        "DELETE /vercel/v9/projects/P/link",
        "POST /vercel/v9/projects/P/link",
        "PATCH /vercel/v9/projects/P/branch",
        "GET /vercel/v10/projects/P",
        f"GET {ENV}",
    ]
    assert calls[0].body["name"] == "new"
    assert calls[0].body["ssoProtection"] == {"deploymentType": "none"}
    assert calls[2].body == {"type": "github", "repo": "o/other"}


def test_frameworks_and_regions_are_checked_against_the_public_lists(vercel: Provider, vendor: Vendor) -> None:
    inputs = {"name": "site", "framework": "nextjs", "resourceConfig": {"functionDefaultRegions": ["iad1"]}}
    assert vercel.check(PROJECT, inputs)[1] == []
    assert vendor.lines() == ["GET /frameworks", "GET /dcs"]
    wrong = {"name": "site", "framework": "rails", "resourceConfig": {"functionDefaultRegions": ["old1"]}}
    framework, region = vercel.check(PROJECT, wrong)[1]
    assert "The framework rails is not supported on Vercel. Must be one of astro, nextjs." in framework
    assert "region old1 is not supported on Vercel. Must be one of iad1." in region
    vendor.taken()
    assert vercel.check(PROJECT, {"name": "site", "framework": UNKNOWN})[1] == []
    assert vercel.check(PROJECT, {"name": "site"})[1] == []
    assert vendor.lines() == []
    vendor.on("GET /frameworks", Answer("down", 503))
    with pytest.raises(FailedError, match="Unable to retrieve Vercel frameworks: unexpected status code: 503"):
        vercel.check(PROJECT, inputs)


def test_a_team_is_fetched_at_configure_and_named_in_every_call(vercel: Provider, vendor: Vendor) -> None:
    vendor.on("GET /vercel/v2/teams/hhnn", {"id": "team_1", "slug": "hhnn"})
    vendor.on("GET /vercel/v10/projects/P?teamId=team_1", ANSWER)
    vendor.on(f"GET {ENV}&teamId=team_1", {"envs": []})
    vercel.configure(team="hhnn")
    _, state, _ = vercel.read(PROJECT, "P", {"name": "site"}, {"name": "site"})
    assert vendor.lines() == [
        "GET /vercel/v2/teams/hhnn",
        "GET /vercel/v10/projects/P?teamId=team_1",
        f"GET {ENV}&teamId=team_1",
    ]
    assert state["teamId"] == "team_1"
    vendor.on("GET /vercel/v2/teams/nobody", Answer({"error": {"code": "not_found", "message": "no"}}, 404))
    with pytest.raises(FailedError, match="the team could not be found"):
        vercel.configure(team="nobody")


def test_a_domain_is_added_to_an_existing_project_and_its_dns_is_checked(vercel: Provider, vendor: Vendor) -> None:
    inputs = {"projectId": "P", "domain": "a.example", "redirect": "b.example", "redirectStatusCode": 308}
    config = "GET /vercel/v6/domains/a.example/config?projectIdOrName=P"
    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    answer = {**inputs, "name": "a.example", "verified": True}
    vendor.on("POST /vercel/v10/projects/P/domains", answer)
    vendor.on(config, {"misconfigured": True})
    identifier, state = vercel.create(DOMAIN, inputs)
    body = {"name": "a.example", "redirect": "b.example", "redirectStatusCode": 308}
    assert vendor.taken() == [
        Call("GET", "/vercel/v10/projects/P", None),
        Call("POST", "/vercel/v10/projects/P/domains", body),
        Call("GET", config.removeprefix("GET "), None),
    ]
    assert (identifier, state["verified"], state["misconfigured"]) == ("a.example", True, True)

    vendor.on("PATCH /vercel/v9/projects/P/domains/a.example", {**answer, "redirect": None})
    vercel.update(DOMAIN, "a.example", state, {"projectId": "P", "domain": "a.example"})
    gone = {"gitBranch": None, "redirect": None, "redirectStatusCode": None}
    assert vendor.taken()[0] == Call("PATCH", "/vercel/v9/projects/P/domains/a.example", gone)

    vendor.on("GET /vercel/v9/projects/P/domains/a.example", answer)
    _, _, found = vercel.read(DOMAIN, "P/a.example")
    assert found == {**inputs, "domain": "a.example"}
    vendor.on("DELETE /vercel/v9/projects/P/domains/a.example", Answer(None, 404))
    vercel.delete(DOMAIN, "a.example", state)


def test_a_domain_whose_dns_cannot_be_read_is_kept(vercel: Provider, vendor: Vendor) -> None:
    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    vendor.on("POST /vercel/v10/projects/P/domains", {"name": "a.example", "projectId": "P"})
    failure = {"error": {"code": "internal", "message": "sorry"}}
    vendor.on("GET /vercel/v6/domains/a.example/config?projectIdOrName=P", Answer(failure, 500))
    with pytest.raises(FailedError, match="internal - sorry") as refused:
        vercel.create(DOMAIN, {"projectId": "P", "domain": "a.example"})
    assert refused.value.half_made
    identifier, state = refused.value.half_made
    assert (identifier, state["projectId"]) == ("a.example", "P")


def test_a_variable_is_posted_patched_and_deleted_and_its_secret_never_read(vercel: Provider, vendor: Vendor) -> None:
    inputs = {
        "projectId": "P",
        "key": "KEY",
        "value": Secret("marker"),
        "targets": ["production"],
        "sensitive": True,
        "comment": "c",
    }
    answer = {"id": "E", "key": "KEY", "type": "sensitive", "target": ["production"], "comment": "c", "value": "hidden"}
    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    vendor.on("POST /vercel/v10/projects/P/env", {"created": answer, "failed": []})
    identifier, state = vercel.create(VARIABLE, inputs)
    sent = {"key": "KEY", "value": "marker", "type": "sensitive", "target": ["production"], "comment": "c"}
    assert vendor.taken()[1:] == [Call("POST", "/vercel/v10/projects/P/env", sent)]
    assert (identifier, state["value"]) == ("E", Secret("marker"))

    vendor.on("GET /vercel/v10/projects/P/env/E", answer)
    _, read, found = vercel.read(VARIABLE, "E", state, inputs)
    assert (read["value"], found["value"]) == (Secret("marker"), Secret("marker"))
    assert vercel.diff(VARIABLE, read, inputs).changes is False
    vendor.taken()

    vendor.on("PATCH /vercel/v10/projects/P/env/E", {**answer, "target": ["preview"]})
    vercel.update(VARIABLE, "E", state, {**inputs, "targets": ["preview"]})
    [call] = vendor.taken()
    assert call.body == {"value": "marker", "target": ["preview"], "type": "sensitive", "comment": "c"}
    vendor.on("DELETE /vercel/v8/projects/P/env/E", {})
    vercel.delete(VARIABLE, "E", state)
    assert vendor.lines() == ["DELETE /vercel/v8/projects/P/env/E"]


def test_one_of_several_variables_is_posted_as_an_object_and_many_as_an_array(vercel: Provider, vendor: Vendor) -> None:
    def variable(key: str, value: str) -> dict[str, object]:
        return {"key": key, "value": value, "targets": ["production"], "sensitive": False}

    def answer(identifier: str, key: str) -> dict[str, object]:
        return {"id": identifier, "key": key, "value": "", "target": ["production"], "type": "encrypted", "comment": ""}

    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    post = "POST /vercel/v10/projects/P/env"
    vendor.on(post, {"created": [answer("E1", "A"), answer("E2", "B")]}, {"created": answer("E3", "A")})
    inputs = {"projectId": "P", "variables": [variable("A", "1"), variable("B", "2")]}
    identifier, state = vercel.create(VARIABLES, inputs)
    assert identifier == "P"
    assert [item["id"] for item in state["variables"]] == ["E1", "E2"]
    assert [item["value"] for item in state["variables"]] == [Secret("1"), Secret("2")]
    assert [body["key"] for body in vendor.taken()[1].body] == ["A", "B"]
    assert vercel.diff(VARIABLES, state, inputs).changes is False

    reordered = {**inputs, "variables": [variable("B", "2"), variable("A", "1")]}
    assert vercel.diff(VARIABLES, state, reordered).changes is False
    changed = {"projectId": "P", "variables": [variable("A", "new"), variable("B", "2")]}
    assert vercel.diff(VARIABLES, state, changed).kinds == {"variables[0]": "UPDATE"}
    vendor.on(f"GET {ENV}", {"envs": [{**answer("E1", "A"), "value": "1"}, {**answer("E2", "B"), "value": "2"}]})
    vendor.on("DELETE /vercel/v8/projects/P/env/E1", {})
    after = vercel.update(VARIABLES, "P", state, changed)
    calls = vendor.taken()
    assert [call.line for call in calls] == [f"GET {ENV}", "DELETE /vercel/v8/projects/P/env/E1", post]
    assert calls[2].body["value"] == "new"
    assert sorted(item["id"] for item in after["variables"]) == ["E2", "E3"]
    vendor.on("DELETE /vercel/v8/projects/P/env/E2", {})
    vendor.on("DELETE /vercel/v8/projects/P/env/E3", Answer(None, 404))
    vercel.delete(VARIABLES, "P", after)


def test_variables_that_cannot_be_made_again_leave_the_others_in_the_state(vercel: Provider, vendor: Vendor) -> None:
    kept = {"id": "E2", "key": "B", "value": "2", "targets": ["production"], "sensitive": False, "comment": ""}
    old = {**kept, "id": "E1", "key": "A", "value": "1"}
    new = {"key": "A", "value": "new", "targets": ["production"], "sensitive": False}
    vendor.on(f"GET {ENV}", {"envs": []})
    vendor.on("DELETE /vercel/v8/projects/P/env/E1", {})
    failure = {"error": {"code": "ENV_CONFLICT", "message": "exists"}, "failed": []}
    vendor.on("POST /vercel/v10/projects/P/env", Answer(failure, 400))
    news = {"projectId": "P", "variables": [new, {key: kept[key] for key in ("key", "value", "targets", "sensitive")}]}
    with pytest.raises(FailedError, match="ENV_CONFLICT - exists") as refused:
        vercel.update(VARIABLES, "P", {"projectId": "P", "variables": [old, kept]}, news)
    assert refused.value.half_made
    assert [item["id"] for item in refused.value.half_made[1]["variables"]] == ["E2"]


def test_a_deployment_is_made_from_git_and_waited_for(vercel: Provider, vendor: Vendor) -> None:
    inputs = {"projectId": "P", "ref": "main", "production": True, "meta": {"why": "x"}}
    answer = {"id": "dpl_1", "projectId": "P", "target": "production", "url": "u", "gitSource": {"ref": "main"}}
    done = {**answer, "aliasAssigned": True, "alias": ["a.example"], "readyState": "READY", "meta": {"why": "x"}}
    post = "POST /vercel/v12/now/deployments?skipAutoDetectionConfirmation=1"
    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    vendor.on(post, {**answer, "readyState": "QUEUED"})
    vendor.on("GET /vercel/v13/deployments/dpl_1", {**answer, "readyState": "BUILDING"}, done)
    identifier, state = vercel.create(DEPLOYMENT, inputs)
    calls = vendor.taken()
    assert [call.line for call in calls] == [
        "GET /vercel/v10/projects/P",
        "GET /vercel/v10/projects/P",
        post,
        "GET /vercel/v13/deployments/dpl_1",
        "GET /vercel/v13/deployments/dpl_1",
    ]
    assert calls[2].body["gitSource"] == {"type": "github", "org": "o", "repo": "r", "ref": "main"}
    assert calls[2].body["projectSettings"] == {"sourceFilesOutsideRootDirectory": True}
    assert (calls[2].body["project"], calls[2].body["target"], calls[2].body["meta"]) == (
        "P",
        "production",
        {"why": "x"},
    )
    assert (identifier, state["domains"], state["meta"]) == ("dpl_1", ["a.example"], {"why": "x"})
    assert vercel.diff(DEPLOYMENT, state, inputs).changes is False
    assert vercel.diff(DEPLOYMENT, state, {**inputs, "meta": {"why": "y"}}).replaces == ["meta"]

    vercel.delete(DEPLOYMENT, "dpl_1", state)
    assert vendor.lines() == []
    vendor.on("DELETE /vercel/v13/deployments/dpl_1", {})
    vercel.delete(DEPLOYMENT, "dpl_1", {**state, "deleteOnDestroy": True})
    assert vendor.lines() == ["DELETE /vercel/v13/deployments/dpl_1"]


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        ({"readyState": "ERROR", "errorCode": "BUILD", "errorMessage": "no luck"}, "BUILD - no luck"),
        ({"readyState": "CANCELED"}, "deployment canceled"),
        ({"readyState": "READY", "checksConclusion": "failed"}, "deployment checks have failed"),
        ({"readyState": "READY", "aliasError": {"code": "taken", "message": "by another"}}, "taken - by another"),
    ],
)
def test_a_failed_deployment_gives_its_reason_and_is_forgotten(
    vercel: Provider, vendor: Vendor, ended: dict[str, object], reason: str
) -> None:
    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    made = {"id": "dpl_1", "projectId": "P", "readyState": "QUEUED", "creator": {"username": "ann"}}
    vendor.on("POST /vercel/v12/now/deployments?skipAutoDetectionConfirmation=1", made)
    vendor.on("GET /vercel/v13/deployments/dpl_1", made | ended)
    with pytest.raises(FailedError) as refused:
        vercel.create(DEPLOYMENT, {"projectId": "P", "ref": "main"})
    where = "Visit https://vercel.com/ann/P/1 for more information"
    assert str(refused.value) == f"Could not create deployment: {reason}. {where}"
    assert refused.value.half_made is None


def test_a_deployment_that_cannot_be_watched_to_its_end_is_kept(vercel: Provider, vendor: Vendor) -> None:
    vendor.on("GET /vercel/v10/projects/P", ANSWER)
    made = {"id": "dpl_1", "projectId": "P", "readyState": "QUEUED"}
    vendor.on("POST /vercel/v12/now/deployments?skipAutoDetectionConfirmation=1", made)
    with pytest.raises(FailedError, match="599") as refused:
        vercel.create(DEPLOYMENT, {"projectId": "P", "ref": "main"})
    assert refused.value.half_made
    assert refused.value.half_made[0] == "dpl_1"


def test_a_project_is_found_by_name(vercel: Provider, vendor: Vendor) -> None:
    vendor.on("GET /vercel/v10/projects/site", ANSWER)
    vendor.on(f"GET {ENV}", {"envs": []})
    found = vercel.invoke("vercel:index/getProject:getProject", name="site")
    assert (found["id"], found["framework"], found["gitRepository"]["productionBranch"]) == ("P", "nextjs", "main")
