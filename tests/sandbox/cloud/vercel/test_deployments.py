"""A changed variable takes effect with a new deployment only, and a rollback is the promotion of an earlier one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.cloud.support import Cloud, refused

SOURCE = {"type": "github", "org": "habitusnet", "repo": "prductr-com", "ref": "main"}
HOST = "dashboard.prductr.com"


@pytest.fixture
def project(cloud: Cloud) -> str:
    body = {"name": "prductr-com", "gitRepository": {"type": "github", "repo": "habitusnet/prductr-com"}}
    id_: str = cloud.vercel.post("/v10/projects", json=body).json()["id"]
    cloud.vercel.post(f"/v10/projects/{id_}/domains", json={"name": HOST})
    return id_


def create(cloud: Cloud, project: str, /, **more: object) -> httpx.Response:
    body = {"name": project, "project": project, "target": "production", "gitSource": SOURCE, "projectSettings": {}}
    query = {"skipAutoDetectionConfirmation": "1"}
    return cloud.vercel.post("/v12/now/deployments", json={**body, **more}, params=query)


def deployed(cloud: Cloud, project: str, **more: object) -> dict[str, Any]:
    response = create(cloud, project, **more)
    assert response.status_code == 200, response.text
    return watched(cloud, response.json()["id"])


def watched(cloud: Cloud, id_: str) -> dict[str, Any]:
    for _ in range(2):
        deployment: dict[str, Any] = cloud.vercel.get(f"/v13/deployments/{id_}").json()
    return deployment


def current(cloud: Cloud, project: str) -> str | None:
    targets = cloud.vercel.get(f"/v10/projects/{project}").json()["targets"]
    id_: str | None = targets.get("production", {}).get("id")
    return id_


def set_variable(cloud: Cloud, project: str, value: str, **more: object) -> None:
    body = {"key": "FLAG", "value": value, "type": "sensitive", "target": ["production"], **more}
    response = cloud.vercel.post(f"/v10/projects/{project}/env", json=body, params={"upsert": "true"})
    assert response.status_code == 201, response.text


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


def test_the_environment_is_that_of_the_moment_and_shown_by_name_alone(cloud: Cloud, project: str) -> None:
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


def test_an_earlier_deployment_is_promoted_with_its_own_environment(cloud: Cloud, project: str) -> None:
    first, second = deployed(cloud, project), deployed(cloud, project)
    assert current(cloud, project) == second["id"]
    url = f"/v10/projects/{project}/promote"
    assert cloud.vercel.post(f"{url}/{first['id']}").status_code == 200
    assert current(cloud, project) == first["id"]
    aliases = {one["uid"]: one["alias"] for one in cloud.vercel.get("/v6/deployments").json()["deployments"]}
    assert aliases == {first["id"]: ["prductr-com.vercel.app", HOST], second["id"]: []}
    assert refused(cloud.vercel.post(f"{url}/{first['id']}")) == (409, "conflict")


def test_only_what_is_ready_for_production_can_be_promoted(cloud: Cloud, project: str) -> None:
    url = f"/v10/projects/{project}/promote"
    waiting = create(cloud, project).json()
    assert refused(cloud.vercel.post(f"{url}/{waiting['id']}")) == (400, "bad_request")
    preview = deployed(cloud, project, target=None)
    assert refused(cloud.vercel.post(f"{url}/{preview['id']}")) == (400, "bad_request")
    assert refused(cloud.vercel.post(f"{url}/dpl_nobody")) == (404, "not_found")


def test_domains_stay_where_they_are_if_they_are_not_assigned_by_themselves(cloud: Cloud, project: str) -> None:
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


def test_deployments_are_listed_by_project_target_and_state(cloud: Cloud, project: str) -> None:
    ready = deployed(cloud, project)
    waiting = create(cloud, project, target=None).json()

    def ids(**query: str) -> list[str]:
        return [one["uid"] for one in cloud.vercel.get("/v6/deployments", params=query).json()["deployments"]]

    assert ids(projectId=project) == [waiting["id"], ready["id"]]
    assert ids(projectId="prductr-com", state="READY") == [ready["id"]]
    assert ids(target="production") == [ready["id"]]
    assert ids(projectId="prj_other") == []


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
