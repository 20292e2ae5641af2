"""Calls that only the vendor's command line makes. Prevents: a rehearsal that ends at its first command."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.sandbox.cloud.support import Cloud, refused
from tests.sandbox.cloud.vercel.deploying import HOST, SOURCE, create, current, deployed, set_variable, watched


def put_file(cloud: Cloud, content: bytes, digest: str | None = None) -> str:
    named = digest or hashlib.sha1(content, usedforsecurity=False).hexdigest()
    headers = {"x-now-digest": named, "content-type": "application/octet-stream"}
    answer = cloud.vercel.post("/v2/files", content=content, headers=headers)
    if digest is None:
        answer.raise_for_status()
        return named
    return str(refused(answer)[1])


def aliases(cloud: Cloud) -> dict[str, str]:
    found = cloud.vercel.get("/v3/now/aliases").json()["aliases"]
    return {one["alias"]: one["deploymentId"] for one in found}


def test_a_team_is_found_without_a_version_and_has_its_one_member(cloud: Cloud) -> None:
    team = cloud.vercel.get("/v2/teams/hhnn").json()
    assert cloud.vercel.get(f"/teams/{team['id']}").json() == cloud.vercel.get("/teams/hhnn").json() == team
    assert cloud.vercel.get("/v1/teams").json()["teams"] == [team]
    members = cloud.vercel.get(f"/v2/teams/{team['id']}/members").json()
    assert [(one["role"], one["username"]) for one in members["members"]] == [("OWNER", "prductr-operator")]
    assert refused(cloud.vercel.get("/teams/nobody")) == (404, "not_found")


def test_a_project_is_made_read_and_removed_by_the_older_paths(cloud: Cloud) -> None:
    made = cloud.vercel.post("/v1/projects", json={"name": "older"}).json()
    assert cloud.vercel.get("/projects/older").json()["id"] == made["id"]
    assert cloud.vercel.get(f"/projects/{made['id']}/custom-environments").json() == {"environments": []}
    assert refused(cloud.vercel.post("/v1/projects", json={"name": "older"})) == (409, "conflict")
    assert cloud.vercel.delete("/v2/projects/older").status_code == 204
    assert refused(cloud.vercel.get("/projects/older")) == (404, "not_found")


def test_values_are_pulled_for_one_target_and_sensitive_ones_are_names_alone(cloud: Cloud, project: str) -> None:
    set_variable(cloud, project, "hidden")
    set_variable(cloud, project, "seen", key="OPEN", type="encrypted", target=["production", "development"])
    set_variable(cloud, project, "branch", key="OPEN", type="encrypted", target=["preview"], gitBranch="next")
    pulled = {
        target: cloud.vercel.get(f"/v3/env/pull/{project}{target}").json()["env"]
        for target in ("", "/production", "/preview", "/preview/next")
    }
    assert {target: values.get("OPEN") for target, values in pulled.items()} == {
        "": "seen",
        "/production": "seen",
        "/preview": None,
        "/preview/next": "branch",
    }
    assert (pulled["/production"]["FLAG"], pulled["/production"]["VERCEL_ENV"]) == ("", "production")
    assert "FLAG" not in pulled[""]
    assert refused(cloud.vercel.get(f"/v3/env/pull/{project}/moon")) == (404, "not_found")
    assert refused(cloud.vercel.get("/v3/env/pull/nobody")) == (404, "not_found")


def test_visibility_agrees_with_the_type(cloud: Cloud, project: str) -> None:
    body = {"key": "SEEN", "value": "1", "type": "encrypted", "target": ["preview"], "visibility": "config"}
    assert cloud.vercel.post(f"/v10/projects/{project}/env", json=body).status_code == 201
    set_variable(cloud, project, "hidden")
    listed = cloud.vercel.get(f"/v10/projects/{project}/env").json()["envs"]
    assert {one["key"]: one["visibility"] for one in listed} == {"SEEN": "config", "FLAG": "secret"}
    wrong = body | {"key": "OTHER", "visibility": "open"}
    assert refused(cloud.vercel.post(f"/v10/projects/{project}/env", json=wrong)) == (400, "bad_request")


def test_files_are_uploaded_and_deployed_without_a_git_reference(cloud: Cloud, project: str) -> None:
    digests = [hashlib.sha1(content, usedforsecurity=False).hexdigest() for content in (b"one", b"two")]
    files = [{"file": f"{number}.html", "sha": digest, "size": 3} for number, digest in enumerate(digests)]
    refusal = create(cloud, project, files=files, gitSource=None)
    assert refusal.json()["error"]["missing"] == digests
    assert [put_file(cloud, b"one"), put_file(cloud, b"two")] == digests
    made = deployed(cloud, project, files=files, gitSource=None)
    assert (made["readyState"], made["source"], "gitSource" in made) == ("READY", "cli", False)
    assert current(cloud, project) == made["id"]
    again = cloud.vercel.post("/v13/deployments", json={"deploymentId": made["id"], "target": "production"}).json()
    assert watched(cloud, again["id"])["readyState"] == "READY"
    assert "VERCEL_GIT_COMMIT_REF" not in made["env"]
    assert cloud.vercel.get("/v6/deployments", params={"branch": "main"}).json()["deployments"] == []


def test_a_file_that_does_not_match_its_digest_is_refused(cloud: Cloud) -> None:
    assert put_file(cloud, b"one", "0" * 40) == "bad_request"


def test_a_log_is_returned_as_lines_even_while_the_build_runs(cloud: Cloud, project: str) -> None:
    made = create(cloud, project).json()
    path = f"/v3/now/deployments/{made['id']}/events"
    query = {"follow": "1", "format": "lines", "direction": "forward"}
    answer = cloud.vercel.get(path, params=query)
    assert answer.headers["content-type"].startswith("application/stream+json")
    assert [json.loads(line)["info"]["readyState"] for line in answer.text.splitlines()] == ["QUEUED"]
    watched(cloud, made["id"])
    states = [json.loads(line)["info"]["readyState"] for line in cloud.vercel.get(path, params=query).text.splitlines()]
    assert states == ["QUEUED", "BUILDING", "READY"]
    assert cloud.vercel.get(f"/v11/deployments/{made['id']}/builds").json() == {"builds": []}
    assert refused(cloud.vercel.get("/v11/deployments/dpl_nobody/builds")) == (404, "not_found")


def test_a_deployment_is_removed_by_the_older_path(cloud: Cloud, project: str) -> None:
    made = deployed(cloud, project)
    assert cloud.vercel.delete(f"/now/deployments/{made['id']}", params={"hard": "0"}).json()["state"] == "DELETED"
    assert cloud.vercel.get("/v3/now/deployments", params={"app": "prductr-com"}).json()["deployments"] == []


def test_a_domain_leads_to_a_deployment_until_the_next_production(cloud: Cloud, project: str) -> None:
    first, second = deployed(cloud, project), deployed(cloud, project)
    answer = cloud.vercel.post(f"/now/deployments/{first['id']}/aliases", json={"alias": HOST}).json()
    assert (answer["alias"], answer["oldDeploymentId"]) == (HOST, second["id"])
    assert aliases(cloud)[HOST] == first["id"]
    assert aliases(cloud)["prductr-com.vercel.app"] == second["id"]
    third = deployed(cloud, project)
    assert aliases(cloud)[HOST] == third["id"]


def test_a_separate_host_is_an_alias_and_no_domain_of_the_project(cloud: Cloud, project: str) -> None:
    made = deployed(cloud, project)
    path = f"/now/deployments/{made['id']}/aliases"
    uid = cloud.vercel.post(path, json={"alias": "shown"}).json()["uid"]
    assert aliases(cloud)["shown.vercel.app"] == made["id"]
    hosts = {one["name"] for one in cloud.vercel.get(f"/v9/projects/{project}/domains").json()["domains"]}
    assert hosts == {HOST, "prductr-com.vercel.app"}
    assert refused(cloud.vercel.get(f"/v9/projects/{project}/domains/shown.vercel.app")) == (404, "not_found")
    for known in (uid, "shown.vercel.app"):
        assert cloud.vercel.get(f"/now/aliases/{known}").json()["deployment"]["id"] == made["id"]
    assert cloud.vercel.delete(f"/now/aliases/{uid}").json() == {"status": "SUCCESS"}
    assert "shown.vercel.app" not in aliases(cloud)
    assert refused(cloud.vercel.get("/now/aliases/shown.vercel.app")) == (404, "not_found")


def test_a_subdomain_of_a_domain_of_the_team_can_be_an_alias_and_becomes_a_domain(cloud: Cloud, project: str) -> None:
    made = deployed(cloud, project)
    path = f"/v2/deployments/{made['id']}/aliases"
    assert cloud.vercel.post(path, json={"alias": "preview.prductr.com"}).status_code == 200
    added = cloud.vercel.post(f"/v10/projects/{project}/domains", json={"name": "preview.prductr.com"})
    assert added.status_code == 200
    assert "preview.prductr.com" in aliases(cloud)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"alias": "www.example.com"}, (403, "forbidden")),
        ({"alias": "not a host"}, (400, "invalid_alias")),
        ({}, (400, "bad_request")),
        ({"alias": "shown", "redirect": HOST}, (400, "bad_request")),
    ],
)
def test_an_invalid_alias_is_refused(
    cloud: Cloud, project: str, body: dict[str, str], expected: tuple[int, str]
) -> None:
    made = deployed(cloud, project)
    assert refused(cloud.vercel.post(f"/now/deployments/{made['id']}/aliases", json=body)) == expected
    queued = create(cloud, project).json()
    late = cloud.vercel.post(f"/now/deployments/{queued['id']}/aliases", json={"alias": "shown"})
    assert refused(late) == (400, "deployment_not_ready")


def test_a_domain_is_added_and_removed_by_the_older_paths(cloud: Cloud, project: str) -> None:
    host = "www.prductr.com"
    listed = cloud.vercel.post(f"/projects/{project}/alias", json={"target": "PRODUCTION", "domain": host}).json()
    assert {one["domain"]: one["target"] for one in listed}[host] == "PRODUCTION"
    assert cloud.vercel.get(f"/project-domains/{host}").json()["projectId"] == project
    left = cloud.vercel.request("DELETE", f"/projects/{project}/alias", params={"domain": host}).json()
    assert host not in {one["domain"] for one in left}
    assert refused(cloud.vercel.get(f"/project-domains/{host}")) == (404, "not_found")
    wrong = cloud.vercel.request("DELETE", f"/projects/{project}/alias", params={"domain": host})
    assert refused(wrong) == (404, "not_found")


def test_a_team_has_the_domains_of_its_projects_and_those_that_it_added(cloud: Cloud, project: str) -> None:
    assert [one["name"] for one in cloud.vercel.get("/v5/domains").json()["domains"]] == ["prductr.com"]
    shown = cloud.vercel.get("/v5/domains/prductr.com").json()["domain"]
    assert (shown["serviceType"], shown["nameservers"]) == (
        "external",
        ["dora.ns.cloudflare.com", "ivan.ns.cloudflare.com"],
    )
    assert cloud.vercel.post("/v7/domains", json={"name": "prductr.dev"}).json()["domain"]["name"] == "prductr.dev"
    hosts = cloud.vercel.get("/v1/domains/prductr.com/project-domains").json()["projectDomains"]
    assert [(one["name"], one["projectId"]) for one in hosts] == [(HOST, project)]
    assert cloud.vercel.get("/v3/domains/prductr.com/records").json()["records"] == []
    assert cloud.vercel.delete("/v3/domains/prductr.com").status_code == 200
    assert [one["name"] for one in cloud.vercel.get("/v5/domains").json()["domains"]] == ["prductr.dev"]
    assert refused(cloud.vercel.get(f"/v9/projects/{project}/domains/{HOST}")) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("prductr.com", (409, "domain_already_exists")),
        ("a b", (400, "invalid_name")),
        ("www.x.dev", (400, "invalid_name")),
    ],
)
def test_a_domain_that_cannot_be_added_is_refused(
    cloud: Cloud, project: str, name: str, expected: tuple[int, str]
) -> None:
    assert project
    assert refused(cloud.vercel.post("/v7/domains", json={"name": name})) == expected
    assert refused(cloud.vercel.get("/v5/domains/nobody.dev")) == (404, "not_found")


def test_runtime_logs_are_empty_and_wrong_requests_refused(cloud: Cloud, project: str) -> None:
    asked = {
        "event": "runtime_logs",
        "scope": {"ownerId": "team", "projectIds": [project]},
        "timeRange": {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:00:00Z"},
        "select": ["message"],
        "order": "desc",
        "limit": 100,
    }
    answer = cloud.vercel.post("/v1/observability/events", json=asked).json()
    assert (answer["events"], answer["pagination"]["hasMore"]) == ([], False)
    backwards = asked | {"timeRange": {"start": "2026-03-02T00:00:00Z", "end": "2026-03-01T12:00:00Z"}}
    assert refused(cloud.vercel.post("/v1/observability/events", json=backwards)) == (400, "bad_request")
    elsewhere = asked | {"scope": {"ownerId": "team", "projectIds": ["prj_nobody"]}}
    assert refused(cloud.vercel.post("/v1/observability/events", json=elsewhere)) == (404, "not_found")


def test_a_git_deployment_is_the_newest_of_its_branch_beside_uploaded_ones(cloud: Cloud, project: str) -> None:
    host = {"name": "next.prductr.com", "gitBranch": "next"}
    cloud.vercel.post(f"/v10/projects/{project}/domains", json=host).raise_for_status()
    made = deployed(cloud, project, target=None, gitSource=SOURCE | {"ref": "next"})
    uploaded = [{"file": "index.html", "data": ""}]
    deployed(cloud, project, target=None, gitSource=None, files=uploaded)
    assert aliases(cloud)["next.prductr.com"] == made["id"]
