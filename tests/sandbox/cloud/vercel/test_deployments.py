"""A changed variable takes effect only with a new deployment, and no requested field is silently dropped."""

from __future__ import annotations

import pytest

from tests.sandbox.cloud.support import Cloud, refused
from tests.sandbox.cloud.vercel.deploying import HOST, SOURCE, create, current, deployed, set_variable, watched


def test_a_deployment_is_queued_built_and_then_ready_with_its_domains(cloud: Cloud, project: str) -> None:
    made = create(cloud, project, meta={"environment": "f1"}).json()
    assert (made["readyState"], made["aliasAssigned"], made["alias"]) == ("QUEUED", False, [])
    assert made["url"].startswith("prductr-com-")
    assert made["url"].endswith("-hhnn.vercel.app")
    assert (made["gitSource"]["ref"], made["meta"]["environment"]) == ("main", "f1")
    first = cloud.vercel.get(f"/v13/deployments/{made['id']}").json()
    assert (first["readyState"], first["aliasAssigned"]) == ("BUILDING", False)
    second = cloud.vercel.get(f"/v13/deployments/{made['url']}").json()
    assert (second["readyState"], second["aliasAssigned"]) == ("READY", True)
    assert second["alias"] == ["prductr-com.vercel.app", HOST]
    assert current(cloud, project) == made["id"]


def test_a_deployment_that_nobody_watches_is_ready_after_a_minute(cloud: Cloud, project: str) -> None:
    id_ = create(cloud, project).json()["id"]
    cloud.clock.advance(61)
    assert cloud.vercel.get(f"/v13/deployments/{id_}").json()["readyState"] == "READY"


def test_the_environment_is_fixed_at_creation_and_shown_by_name_alone(cloud: Cloud, project: str) -> None:
    set_variable(cloud, project, "marker-before")
    first = deployed(cloud, project)
    set_variable(cloud, project, "marker-after")
    second = deployed(cloud, project)
    values = {one["id"]: one["env"]["FLAG"] for one in cloud.store.find("vercel.deployments")}
    assert values == {first["id"]: "marker-before", second["id"]: "marker-after"}
    assert "FLAG" in first["env"]
    assert "FLAG" in first["build"]["env"]
    assert "marker-" not in str(first) + str(second) + cloud.vercel.get("/v6/deployments").text


def test_a_preview_gets_the_preview_values_and_its_branchs_own(cloud: Cloud, project: str) -> None:
    set_variable(cloud, project, "production")
    set_variable(cloud, project, "preview", target=["preview"])
    set_variable(cloud, project, "next", target=["preview"], gitBranch="next")
    ids = {}
    for ref in ("main", "next"):
        ids[ref] = create(cloud, project, target=None, gitSource=SOURCE | {"ref": ref}).json()["id"]
    stored = {ref: cloud.store.get("vercel.deployments", id_) for ref, id_ in ids.items()}
    assert {ref: one["env"]["FLAG"] for ref, one in stored.items() if one} == {"main": "preview", "next": "next"}
    assert all(one and one["env"]["VERCEL_ENV"] == "preview" for one in stored.values())
    watched(cloud, ids["main"])
    assert current(cloud, project) is None


def test_domains_stay_where_they_are_if_they_are_not_assigned_automatically(cloud: Cloud, project: str) -> None:
    cloud.vercel.patch(f"/v9/projects/{project}", json={"autoAssignCustomDomains": False})
    staged = deployed(cloud, project)
    assert (staged["readyState"], staged["aliasAssigned"], staged["alias"]) == ("READY", True, [])
    assert current(cloud, project) is None
    cloud.vercel.post(f"/v10/projects/{project}/promote/{staged['id']}")
    assert current(cloud, project) == staged["id"]


def test_a_redeployment_takes_the_present_environment(cloud: Cloud, project: str) -> None:
    first = deployed(cloud, project)
    set_variable(cloud, project, "new")
    body = {"name": "x", "deploymentId": first["id"], "target": "production"}
    again = cloud.vercel.post("/v13/deployments", json=body)
    stored = cloud.store.get("vercel.deployments", again.json()["id"])
    assert stored is not None
    assert (stored["env"]["FLAG"], stored["gitSource"]["ref"]) == ("new", "main")


def test_a_named_commit_is_kept_until_the_latest_one_is_requested(cloud: Cloud, project: str) -> None:
    first = deployed(cloud, project, gitSource=SOURCE | {"sha": "5e1f0a"})
    assert (first["gitSource"]["sha"], first["meta"]["githubCommitSha"]) == ("5e1f0a", "5e1f0a")
    body = {"name": "x", "deploymentId": first["id"]}
    same = cloud.vercel.post("/v13/deployments", json=body).json()
    latest = cloud.vercel.post("/v13/deployments", json=body | {"withLatestCommit": True}).json()
    assert same["gitSource"] == first["gitSource"]
    assert ("sha" in latest["gitSource"], "githubCommitSha" in latest["meta"]) == (False, False)


def test_a_deployment_is_found_by_every_host_that_leads_to_it(cloud: Cloud, project: str) -> None:
    first, second = deployed(cloud, project), deployed(cloud, project)
    next_ = deployed(cloud, project, target=None, gitSource=SOURCE | {"ref": "next"})
    branch = {"name": "next.prductr.com", "gitBranch": "next"}
    cloud.vercel.post(f"/v10/projects/{project}/domains", json=branch).raise_for_status()

    def found(host: str) -> str:
        id_: str = cloud.vercel.get(f"/v13/deployments/{host}").json()["id"]
        return id_

    assert [found(host) for host in (HOST, HOST.upper(), "prductr-com.vercel.app", second["url"])] == [second["id"]] * 4
    assert (found(first["url"]), found("next.prductr.com")) == (first["id"], next_["id"])
    assert refused(cloud.vercel.get("/v13/deployments/elsewhere.prductr.com")) == (404, "not_found")
    cloud.vercel.delete(f"/v9/projects/{project}/domains/{HOST}").raise_for_status()
    assert refused(cloud.vercel.get(f"/v13/deployments/{HOST}")) == (404, "not_found")


def test_the_hosts_of_another_scope_lead_to_nothing(cloud: Cloud, project: str) -> None:
    deployed(cloud, project)
    personal = {"authorization": cloud.vercel.headers["authorization"]}
    answer = cloud.anonymous.get(f"/vercel/v13/deployments/{HOST}", headers=personal)
    assert refused(answer) == (404, "not_found")


def test_the_aliases_of_a_deployment_are_the_domains_that_lead_to_it_now(cloud: Cloud, project: str) -> None:
    made = cloud.clock().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    first, second = deployed(cloud, project), deployed(cloud, project)
    www = {"name": f"www.{HOST}", "redirect": HOST, "redirectStatusCode": 308}
    cloud.vercel.post(f"/v10/projects/{project}/domains", json=www).raise_for_status()

    def aliases(id_: str) -> list[tuple[str, str | None]]:
        found = cloud.vercel.get(f"/v2/deployments/{id_}/aliases").json()["aliases"]
        assert len({one["uid"] for one in found}) == len(found)
        assert all(one["created"] == made for one in found)
        return [(one["alias"], one["redirect"]) for one in found]

    assert aliases(second["id"]) == [("prductr-com.vercel.app", None), (HOST, None), (f"www.{HOST}", HOST)]
    assert aliases(first["id"]) == []
    kept = [cloud.vercel.get(f"/v13/deployments/{one['id']}").json()["alias"] for one in (first, second)]
    assert kept == [["prductr-com.vercel.app", HOST]] * 2  # the domains that each got when it became production
    assert refused(cloud.vercel.get("/v2/deployments/dpl_nobody/aliases")) == (404, "not_found")


def test_a_project_shows_its_newest_deployments(cloud: Cloud, project: str) -> None:
    ready = deployed(cloud, project)
    waiting = create(cloud, project, target=None).json()
    shown = cloud.vercel.get(f"/v9/projects/{project}").json()
    states = [(one["id"], one["readyState"], one["alias"]) for one in shown["latestDeployments"]]
    hosts = ["prductr-com.vercel.app", HOST]
    assert states == [(waiting["id"], "QUEUED", []), (ready["id"], "READY", hosts)]
    assert shown["targets"] == {"production": shown["latestDeployments"][1]}
    (listed,) = cloud.vercel.get("/v9/projects").json()["projects"]
    assert listed == shown
    for _ in range(10):
        create(cloud, project)
    assert len(cloud.vercel.get(f"/v9/projects/{project}").json()["latestDeployments"]) == 10


def test_a_deleted_deployment_serves_nothing(cloud: Cloud, project: str) -> None:
    made = deployed(cloud, project)
    assert cloud.vercel.delete(f"/v13/deployments/{made['id']}").json() == {"uid": made["id"], "state": "DELETED"}
    assert refused(cloud.vercel.get(f"/v13/deployments/{made['id']}")) == (404, "not_found")
    assert current(cloud, project) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"gitSource": None}, (400, "bad_request")),
        ({"gitSource": {"type": "github"}}, (400, "bad_request")),
        ({"gitSource": SOURCE | {"repo": "other"}}, (400, "incorrect_git_source_info")),
        ({"target": "moon"}, (400, "bad_request")),
        ({"project": "prj_nobody"}, (404, "not_found")),
        ({"deploymentId": "dpl_nobody"}, (404, "not_found")),
        ({"surprise": 1}, (400, "bad_request")),
        ({"gitSource": SOURCE | {"repoId": 7}}, (400, "incorrect_git_source_info")),
        ({"gitSource": SOURCE | {"sha": 7}}, (400, "bad_request")),
        ({"files": [{"file": "index.html", "data": ""}]}, (400, "bad_request")),
        ({"files": [{"file": "index.html"}], "gitSource": None}, (400, "bad_request")),
        ({"files": ["index.html"], "gitSource": None}, (400, "bad_request")),
        ({"files": [{"file": "index.html", "sha": "0" * 40}], "gitSource": None}, (400, "missing_files")),
        ({"customEnvironmentSlugOrId": "nowhere"}, (400, "bad_request")),
    ],
)
def test_a_wrong_deployment_is_refused(
    cloud: Cloud, project: str, change: dict[str, object], expected: tuple[int, str]
) -> None:
    assert refused(create(cloud, project, **change)) == expected
    assert cloud.vercel.get("/v6/deployments").json()["deployments"] == []


def test_a_project_without_a_repository_cannot_be_deployed_by_reference(cloud: Cloud) -> None:
    bare = cloud.vercel.post("/v10/projects", json={"name": "bare"}).json()["id"]
    assert refused(create(cloud, bare)) == (400, "incorrect_git_source_info")
