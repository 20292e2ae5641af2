"""A project's name is unique in its team, and a setting unknown to Vercel is an error and not silently ignored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloud.support import Cloud, refused

REPOSITORY = {"type": "github", "repo": "habitusnet/prductr-com"}


def made(cloud: Cloud, name: str = "prductr-landing", **more: object) -> dict[str, Any]:
    response = cloud.vercel.post("/v8/projects", json={"name": name, **more})
    assert response.status_code == 200, response.text
    project: dict[str, Any] = response.json()
    return project


def test_a_project_is_made_with_its_repository_and_read_by_id_and_name(cloud: Cloud) -> None:
    project = made(
        cloud, framework="nextjs", rootDirectory="packages/landing", gitRepository=REPOSITORY, devCommand=None
    )
    assert project["id"].startswith("prj_")
    assert (project["framework"], project["rootDirectory"]) == ("nextjs", "packages/landing")
    link = project["link"]
    assert (link["org"], link["repo"], link["productionBranch"]) == ("habitusnet", "prductr-com", "main")
    assert project["ssoProtection"] == {"deploymentType": "all_except_custom_domains"}
    for version in ("v8", "v9", "v10"):
        assert cloud.vercel.get(f"/{version}/projects/{project['id']}").json() == project
        assert cloud.vercel.get(f"/{version}/projects/prductr-landing").json() == project


def test_a_name_is_unique(cloud: Cloud) -> None:
    made(cloud)
    taken = cloud.vercel.post("/v11/projects", json={"name": "prductr-landing"})
    assert refused(taken) == (409, "conflict")
    other = made(cloud, "prductr-com")
    renamed = cloud.vercel.patch(f"/v9/projects/{other['id']}", json={"name": "prductr-landing"})
    assert refused(renamed) == (409, "conflict")
    assert cloud.vercel.patch(f"/v9/projects/{other['id']}", json={"name": "prductr-com"}).status_code == 200


def test_a_change_touches_only_what_it_names(cloud: Cloud) -> None:
    project = made(cloud, framework="nextjs")
    change = {
        "framework": "nextjs",
        "nodeVersion": "22.x",
        "ssoProtection": None,
        "gitComments": None,
        "resourceConfig": {"functionDefaultRegions": ["fra1"]},
        "oidcTokenConfig": {"issuerMode": "global"},
        "autoExposeSystemEnvs": False,
    }
    changed = cloud.vercel.patch(f"/v9/projects/{project['id']}", json=change).json()
    assert (changed["nodeVersion"], changed["ssoProtection"], changed["autoExposeSystemEnvs"]) == ("22.x", None, False)
    assert changed["resourceConfig"] == project["resourceConfig"] | {"functionDefaultRegions": ["fra1"]}
    assert changed["oidcTokenConfig"] == {"enabled": True, "issuerMode": "global"}
    assert changed["gitComments"] == project["gitComments"]


def test_a_password_is_accepted_and_never_returned(cloud: Cloud) -> None:
    project = made(cloud)
    protection = {"deploymentType": "preview", "password": "marker-7d21-password"}
    changed = cloud.vercel.patch(f"/v9/projects/{project['id']}", json={"passwordProtection": protection})
    assert changed.json()["passwordProtection"] == {"deploymentType": "preview"}
    assert "marker-7d21" not in changed.text


def test_the_production_branch_and_the_repository_are_changed(cloud: Cloud) -> None:
    project = made(cloud, gitRepository=REPOSITORY)
    url = f"/v9/projects/{project['id']}"
    released = cloud.vercel.patch(f"{url}/branch", json={"branch": "release"}).json()
    assert released["link"]["productionBranch"] == "release"
    assert cloud.vercel.delete(f"{url}/link").json()["link"] is None
    assert refused(cloud.vercel.patch(f"{url}/branch", json={"branch": "main"})) == (400, "bad_request")
    assert cloud.vercel.post(f"{url}/link", json=REPOSITORY).json()["link"]["repo"] == "prductr-com"


def test_a_deleted_project_takes_everything_with_it(cloud: Cloud) -> None:
    variable = {"key": "A", "value": "1", "type": "plain", "target": ["production"]}
    project = made(cloud, gitRepository=REPOSITORY, environmentVariables=[variable])
    cloud.vercel.post(f"/v10/projects/{project['id']}/domains", json={"name": "prductr.com"})
    source = {"type": "github", "ref": "main"}
    cloud.vercel.post("/v13/deployments", json={"name": "x", "project": project["id"], "gitSource": source})
    assert cloud.vercel.delete(f"/v8/projects/{project['id']}").status_code == 204
    assert refused(cloud.vercel.get(f"/v10/projects/{project['id']}")) == (404, "not_found")
    assert refused(cloud.vercel.delete(f"/v8/projects/{project['id']}")) == (404, "not_found")
    for collection in ("project_domains", "env", "deployments"):
        assert cloud.store.find(f"vercel.{collection}") == [], collection
    other = made(cloud, "prductr-com")
    assert cloud.vercel.post(f"/v10/projects/{other['id']}/domains", json={"name": "prductr.com"}).status_code == 200


def test_projects_are_listed_page_by_page(cloud: Cloud) -> None:
    names = [f"p{number}" for number in range(5)]
    for name in names:
        made(cloud, name)
        cloud.clock.advance(1)
    seen: list[list[str]] = []
    query: dict[str, int] = {"limit": 2}
    while len(seen) < 3:
        answer = cloud.vercel.get("/v9/projects", params=query).json()
        seen.append([project["name"] for project in answer["projects"]])
        query["from"] = answer["pagination"]["next"]
    assert seen == [["p4", "p3"], ["p2", "p1"], ["p0"]]
    assert answer["pagination"]["next"] is None


def test_projects_are_listed_by_name_and_repository(cloud: Cloud) -> None:
    linked, _ = made(cloud, gitRepository=REPOSITORY), made(cloud, "other")

    def listed(**query: str) -> list[str]:
        return [one["name"] for one in cloud.vercel.get("/v10/projects", params=query).json()["projects"]]

    assert listed(search="land") == ["prductr-landing"]
    assert listed(repoUrl="https://github.com/habitusnet/prductr-com") == ["prductr-landing"]
    assert listed(repoId=str(linked["link"]["repoId"])) == ["prductr-landing"]
    assert listed(repoId="1") == []
    assert listed(unknown="x") == ["other", "prductr-landing"]


@pytest.mark.parametrize(
    "query",
    [{"excludeRepos": "a/b"}, {"gitForkProtection": "1"}, {"limit": "0"}, {"limit": "101"}, {"until": "yesterday"}],
)
def test_an_invalid_list_of_projects_is_refused(cloud: Cloud, query: dict[str, str]) -> None:
    assert refused(cloud.vercel.get("/v10/projects", params=query)) == (400, "bad_request")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "Prductr"},
        {"name": "a---b"},
        {"name": "x" * 101},
        {"name": "a", "framework": "cobol"},
        {"name": "a", "nodeVersion": "12.x"},
        {"name": "a", "serverlessFunctionRegion": "mars1"},
        {"name": "a", "resourceConfig": {"functionDefaultRegions": ["mars1"]}},
        {"name": "a", "gitRepository": {"type": "svn", "repo": "a/b"}},
        {"name": "a", "gitRepository": {"type": "github", "repo": "no-owner"}},
        {"name": "a", "unknownSetting": True},
    ],
)
def test_a_wrong_project_is_refused_and_not_made(cloud: Cloud, wrong: dict[str, object]) -> None:
    assert refused(cloud.vercel.post("/v10/projects", json=wrong)) == (400, "bad_request")
    assert cloud.vercel.get("/v10/projects").json()["projects"] == []
