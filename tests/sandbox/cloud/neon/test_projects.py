"""Projects of the simulated Neon. Prevents: a stack that works in the sandbox and is refused by the real API."""

from __future__ import annotations

import httpx
import pytest

from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import ORGANIZATION, Neon, until


def asked(**fields: object) -> Document:
    return {"project": {"name": "other", "org_id": ORGANIZATION, "region_id": "aws-eu-central-1"} | fields}


def test_a_new_project_comes_with_branch_endpoint_role_database_and_uri(neon: Neon, project: Document) -> None:
    branch, endpoint = project["branch"], project["endpoints"][0]
    role, database = project["roles"][0], project["databases"][0]
    assert (branch["name"], branch["default"], branch["protected"]) == ("main", True, False)
    assert (branch["current_state"], branch["pending_state"]) == ("init", "ready")
    assert endpoint["host"] == f"{endpoint['id']}.eu-central-1.aws.neon.tech"
    assert (role["name"], database["name"], database["owner_name"]) == ("neondb_owner", "neondb", "neondb_owner")
    uri = f"postgresql://neondb_owner:{role['password']}@{endpoint['host']}/neondb?sslmode=require"
    assert project["connection_uris"][0]["connection_uri"] == uri
    assert [operation["action"] for operation in project["operations"]] == ["create_timeline", "start_compute"]
    path = f"/projects/{project['project']['id']}"
    ready = neon.call("GET", f"{path}/branches/{branch['id']}")["branch"]
    assert ready["current_state"] == "ready"
    assert "pending_state" not in ready
    assert neon.call("GET", f"{path}/endpoints/{endpoint['id']}")["endpoint"]["current_state"] == "active"


def test_no_field_of_the_sandboxs_own_is_shown(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}"
    lists = ("branches", "endpoints", "operations")
    branch = f"{path}/branches/{project['branch']['id']}"
    shown = [item for name in lists for item in neon.call("GET", f"{path}/{name}")[name]]
    shown += [item for name in ("roles", "databases") for item in neon.call("GET", f"{branch}/{name}")[name]]
    assert len(shown) >= 5
    assert not [key for item in shown for key in item if key.startswith("_") or key in ("port", "password")]


def test_names_and_settings_of_the_request_are_kept(neon: Neon) -> None:
    first = {"name": "production", "role_name": "owner", "database_name": "app"}
    limits = {"autoscaling_limit_min_cu": 0.5, "autoscaling_limit_max_cu": 1, "suspend_timeout_seconds": 300}
    made = neon.project(branch=first, default_endpoint_settings=limits, history_retention_seconds=3600)
    assert (made["branch"]["name"], made["roles"][0]["name"], made["databases"][0]["name"]) == (
        "production",
        "owner",
        "app",
    )
    assert made["project"]["history_retention_seconds"] == 3600
    assert {key: made["endpoints"][0][key] for key in limits} == limits
    with neon.connect(made["connection_uris"][0]["connection_uri"]) as connection:
        assert connection.execute("select current_user, current_database()").fetchone() == ("owner", "app")
    neon.call("DELETE", f"/projects/{made['project']['id']}")


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic {key}", "{key}"])
def test_a_missing_or_wrong_key_is_refused(neon: Neon, header: str | None) -> None:
    key = neon.context.home.credentials.neon_api_key
    headers = {"Authorization": header.format(key=key)} if header else {}
    for path in ("/projects", "/users/me", "/no/such/path"):
        answer = httpx.get(f"{neon.http.base_url}{path}", headers=headers, trust_env=False)
        assert answer.status_code == 401
        assert answer.json()["message"] == "supplied credentials do not pass authentication"


def test_a_missing_resource_is_404(neon: Neon, project: Document) -> None:
    id_ = project["project"]["id"]
    assert neon.refused(404, "GET", "/projects/no-such-1") == ("", "project not found")
    assert neon.refused(404, "DELETE", "/projects/no-such-1") == ("", "project not found")
    assert neon.refused(404, "GET", f"/projects/{id_}/branches/br-no") == ("", "branch not found")
    assert neon.refused(404, "GET", f"/projects/{id_}/endpoints/ep-no") == ("", "endpoint not found")
    assert neon.refused(404, "GET", f"/projects/{id_}/operations/no") == ("", "operation not found")
    assert neon.refused(404, "POST", "/projects", asked(org_id="org-no")) == ("", "organization not found")
    assert neon.refused(404, "GET", "/no/such/path")[1] == "this path is not served: GET /neon/api/v2/no/such/path"


def test_a_project_needs_an_organization_as_at_neon(neon: Neon) -> None:
    message = "org_id is required, you can find it on your organization settings page"
    assert neon.refused(400, "POST", "/projects", {"project": {"name": "mine"}}) == ("", message)
    assert neon.refused(400, "GET", "/projects") == ("", message)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"pg_version": 9}, "pg_version must be a number from 14 to 18"),
        ({"history_retention_seconds": 99999999}, "history_retention_seconds must be a number from 0 to 2592000"),
        ({"region_id": "mars-north-1"}, "region mars-north-1 is not supported"),
        ({"branch": "main"}, "branch must be an object"),
        ({"name": 7}, "name must be a string of at most 256 bytes"),
    ],
)
def test_an_invalid_request_is_refused_and_creates_nothing(neon: Neon, fields: Document, complaint: str) -> None:
    before = neon.call("GET", "/projects", query={"org_id": ORGANIZATION})
    assert neon.refused(400, "POST", "/projects", asked(**fields)) == ("", complaint)
    assert neon.call("GET", "/projects", query={"org_id": ORGANIZATION}) == before


def test_a_body_that_is_not_json_is_refused(neon: Neon) -> None:
    answer = neon.http.post("/projects", content=b"{")
    assert (answer.status_code, answer.json()["message"]) == (400, "the request body is not valid JSON")


def test_an_update_changes_what_it_names_and_nothing_else(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}"
    before = neon.call("GET", path)["project"]
    changes = {"name": "renamed", "settings": {"allowed_ips": {"ips": ["10.0.0.1"]}}}
    changed = neon.call("PATCH", path, {"project": changes})["project"]
    assert changed["name"] == "renamed"
    assert changed["settings"]["allowed_ips"] == {"ips": ["10.0.0.1"], "protected_branches_only": False}
    back = {"name": before["name"], "settings": {"allowed_ips": {}}}
    restored = neon.call("PATCH", path, {"project": back})["project"]
    assert restored | {"updated_at": ""} == before | {"updated_at": ""}


def test_a_project_with_a_protected_branch_cannot_be_deleted(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}"
    branch = f"{path}/branches/{project['branch']['id']}"
    neon.call("PATCH", branch, {"branch": {"protected": True}})
    message = "cannot delete a project that has protected branches"
    assert neon.refused(422, "DELETE", path) == ("", message)
    endpoint = f"{path}/endpoints/{project['endpoints'][0]['id']}"
    assert neon.refused(422, "DELETE", endpoint)[1] == "cannot delete a compute endpoint of a protected branch"
    neon.call("PATCH", branch, {"branch": {"protected": False}})


def test_a_deleted_project_leaves_no_server(neon: Neon) -> None:
    made = neon.project()
    server = neon.server(made["branch"]["id"])
    assert server.pid() is not None
    neon.call("DELETE", f"/projects/{made['project']['id']}")
    neon.refused(404, "GET", f"/projects/{made['project']['id']}")
    until(lambda: server.pid() is None)


def test_a_uri_is_given_for_each_role_database_and_host(neon: Neon, project: Document) -> None:
    path, endpoint = f"/projects/{project['project']['id']}/connection_uri", project["endpoints"][0]
    query = {"database_name": "neondb", "role_name": "neondb_owner"}
    direct = neon.call("GET", path, query=query)["uri"]
    assert direct == project["connection_uris"][0]["connection_uri"]
    pooled = neon.call("GET", path, query=query | {"pooled": "true"})["uri"]
    assert pooled == direct.replace(endpoint["id"], f"{endpoint['id']}-pooler")
    assert neon.call("GET", path, expect=404, query=query | {"role_name": "nobody"})["message"] == "role not found"
