"""A call without its team applies to the personal scope, and one with a wrong token is refused."""

from __future__ import annotations

import pytest

from tests.sandbox.cloud.support import Cloud, refused

TEAM = "team_t7QmX2vLr4Ws9ZpKc1Yd6HbN"


@pytest.mark.parametrize(
    ("headers", "detail"),
    [({}, "missingToken"), ({"authorization": "Bearer " + "x" * 24}, "invalidToken")],
)
def test_a_bad_credential_is_refused(cloud: Cloud, headers: dict[str, str], detail: str) -> None:
    response = cloud.anonymous.get("/vercel/v2/user", headers=headers)
    assert refused(response) == (403, "forbidden")
    assert response.json()["error"][detail] is True


def test_the_user_and_the_team_are_returned(cloud: Cloud) -> None:
    assert cloud.vercel.get("/v2/user").json()["user"]["username"] == "prductr-operator"
    by_slug = cloud.vercel.get("/v2/teams/hhnn").json()
    assert by_slug == cloud.vercel.get(f"/v2/teams/{TEAM}").json()
    assert (by_slug["id"], by_slug["sensitiveEnvironmentVariablePolicy"]) == (TEAM, "default")
    assert [team["slug"] for team in cloud.vercel.get("/v2/teams").json()["teams"]] == ["hhnn"]
    assert refused(cloud.vercel.get("/v2/teams/nobody")) == (404, "not_found")


def test_scopes_do_not_see_each_other(cloud: Cloud) -> None:
    project = cloud.vercel.post("/v10/projects", json={"name": "prductr-com"}).json()
    assert project["accountId"] == TEAM
    personal = {"authorization": cloud.vercel.headers["authorization"]}
    assert refused(cloud.anonymous.get(f"/vercel/v10/projects/{project['id']}", headers=personal)) == (404, "not_found")
    made = cloud.anonymous.post("/vercel/v10/projects", json={"name": "prductr-com"}, headers=personal)
    assert made.status_code == 200
    assert made.json()["accountId"] != TEAM
    assert [one["id"] for one in cloud.vercel.get("/v10/projects").json()["projects"]] == [project["id"]]


def test_a_team_that_is_not_the_tokens_is_refused(cloud: Cloud) -> None:
    assert refused(cloud.vercel.get("/v10/projects", params={"teamId": "team_other"})) == (403, "forbidden")


def test_unknown_paths_methods_and_bodies_are_refused(cloud: Cloud) -> None:
    assert refused(cloud.vercel.get("/v99/projects")) == (404, "not_found")
    assert refused(cloud.vercel.put("/v10/projects", json={})) == (405, "method_unknown")
    assert refused(cloud.vercel.post("/v10/projects", content="{")) == (400, "invalid_json")
    assert refused(cloud.vercel.post("/v10/projects", json=[])) == (400, "bad_request")


def test_the_catalogs_answer_without_a_token_as_the_provider_reads_them(cloud: Cloud) -> None:
    frameworks = cloud.anonymous.get("/frameworks").json()
    assert "nextjs" in [framework["slug"] for framework in frameworks]
    regions = cloud.anonymous.get("/dcs").json()
    assert "V2_DEPLOYMENT_CREATE" in regions["iad1"]["caps"]
