"""The calls that the community's Neon provider makes, and no others.

Prevents: an attached provider that passes on the sandbox because it makes a call that the real plugin never makes.
"""

from __future__ import annotations

import json

import pytest
from pulumi.runtime.proto import provider_pb2 as rpc

from sandbox.providers.core.values import Secret
from tests.sandbox.providers.support import Answer, Call, FailedError, Provider, Vendor

PROJECT = "neon:index/project:Project"
BRANCH = "neon:index/branch:Branch"
ENDPOINT = "neon:index/endpoint:Endpoint"
ROLE = "neon:index/role:Role"
DATABASE = "neon:index/database:Database"

API = "/neon/api/v2"
HOST = "ep-a.eu-central-1.aws.neon.tech"
DOCUMENT = {
    "id": "P",
    "name": "n",
    "region_id": "aws-eu-central-1",
    "pg_version": 18,
    "history_retention_seconds": 21600,
    "provisioner": "k8s-neonvm",
    "store_passwords": True,
    "org_id": "org-1",
    "default_endpoint_settings": {"autoscaling_limit_min_cu": 0.25, "autoscaling_limit_max_cu": 1},
    "settings": {"allowed_ips": {"ips": []}, "hipaa": False, "enable_logical_replication": False},
}
MAIN = {"id": "br-1", "name": "main", "default": True, "protected": False}
ENDPOINTS = [{"id": "ep-a", "host": HOST, "type": "read_write", "branch_id": "br-1", "created_at": "1"}]
DATABASES = [{"name": "neondb", "owner_name": "owner", "branch_id": "br-1", "created_at": "1"}]
INPUTS = {
    "name": "n",
    "orgId": "org-1",
    "regionId": "aws-eu-central-1",
    "pgVersion": 18,
    "historyRetentionSeconds": 21600,
    "branch": {"name": "main", "roleName": "owner", "databaseName": "neondb"},
    "defaultEndpointSettings": {"autoscalingLimitMinCu": 0.25, "autoscalingLimitMaxCu": 1},
}
REVEAL = f"GET {API}/projects/P/branches/br-1/roles/owner/reveal_password"


def _made(vendor: Vendor) -> None:
    answer = {"project": DOCUMENT, "branch": MAIN, "endpoints": ENDPOINTS, "databases": DATABASES, "roles": []}
    operation = {"id": "op", "project_id": "P", "status": "running"}
    vendor.on(f"POST {API}/projects", {**answer, "operations": [operation, {**operation, "status": "finished"}]})
    wait = f"GET {API}/projects/P/operations/op"
    vendor.on(wait, {"operation": operation}, {"operation": {**operation, "status": "finished"}})
    vendor.on(REVEAL, {"password": "pw"})


def test_a_project_is_made_with_its_branch_and_waited_for(neon: Provider, vendor: Vendor) -> None:
    _made(vendor)
    identifier, state = neon.create(PROJECT, INPUTS)
    calls = vendor.taken()
    wait = f"GET {API}/projects/P/operations/op"
    assert [call.line for call in calls] == [f"POST {API}/projects", wait, wait, REVEAL]
    assert calls[0].body == {
        "project": {
            "name": "n",
            "org_id": "org-1",
            "region_id": "aws-eu-central-1",
            "pg_version": 18,
            "history_retention_seconds": 21600,
            "store_passwords": True,
            "branch": {"name": "main", "role_name": "owner", "database_name": "neondb"},
            "default_endpoint_settings": {"autoscaling_limit_min_cu": 0.25, "autoscaling_limit_max_cu": 1},
        }
    }
    assert identifier == "P"
    assert state["connectionUri"] == Secret(f"postgres://owner:pw@{HOST}/neondb?sslmode=require")
    assert state["databaseHostPooler"] == "ep-a-pooler.eu-central-1.aws.neon.tech"
    assert (state["databasePassword"], state["defaultBranchId"]) == (Secret("pw"), "br-1")
    assert neon.diff(PROJECT, state, INPUTS).changes is False


def test_a_project_is_read_in_five_pieces_without_a_difference(neon: Provider, vendor: Vendor) -> None:
    _made(vendor)
    _, state = neon.create(PROJECT, INPUTS)
    vendor.taken()
    _readable(vendor)
    _, read, found = neon.read(PROJECT, "P", state, INPUTS)
    assert vendor.lines() == [
        f"GET {API}/projects/P",
        f"GET {API}/projects/P/branches",
        f"GET {API}/projects/P/branches/br-1/endpoints",
        f"GET {API}/projects/P/branches/br-1/databases",
        REVEAL,
    ]
    assert found == INPUTS
    assert "hipaa" not in read
    assert neon.diff(PROJECT, read, INPUTS).changes is False


def _readable(vendor: Vendor) -> None:
    vendor.on(f"GET {API}/projects/P", {"project": DOCUMENT})
    vendor.on(f"GET {API}/projects/P/branches", {"branches": [{"id": "br-0", "name": "old"}, MAIN]})
    vendor.on(f"GET {API}/projects/P/branches/br-1/endpoints", {"endpoints": ENDPOINTS})
    vendor.on(f"GET {API}/projects/P/branches/br-1/databases", {"databases": DATABASES})
    vendor.on(REVEAL, {"password": "pw"})


def test_a_renamed_default_branch_would_replace_the_project(neon: Provider, vendor: Vendor) -> None:
    _readable(vendor)
    vendor.on(f"GET {API}/projects/P/branches", {"branches": [{**MAIN, "name": "production"}]})
    _, read, found = neon.read(PROJECT, "P", {"name": "n"}, INPUTS)
    assert found["branch"]["name"] == "production"
    difference = neon.diff(PROJECT, read, INPUTS)
    assert (difference.kinds, difference.replaces) == ({"branch.name": "UPDATE_REPLACE"}, ["branch"])


def test_a_project_sends_its_changes_and_always_its_settings(neon: Provider, vendor: Vendor) -> None:
    _made(vendor)
    _, state = neon.create(PROJECT, INPUTS)
    vendor.taken()
    _readable(vendor)
    vendor.on(f"PATCH {API}/projects/P", {"project": DOCUMENT, "operations": []})
    vendor.on(f"PATCH {API}/projects/P/branches/br-1", {"branch": MAIN, "operations": []})
    neon.update(PROJECT, "P", state, {**INPUTS, "name": "new", "defaultBranchProtected": True})
    calls = vendor.taken()
    assert calls[0] == Call("PATCH", f"{API}/projects/P", {"project": {"name": "new", "settings": {"allowed_ips": {}}}})
    assert calls[1] == Call("PATCH", f"{API}/projects/P/branches/br-1", {"branch": {"protected": True}})
    assert len(calls) == 7


def test_a_project_whose_password_cannot_be_read_is_kept(neon: Provider, vendor: Vendor) -> None:
    _made(vendor)
    vendor.on(REVEAL, Answer({"code": "X", "message": "no"}, 400))
    with pytest.raises(FailedError, match=r"\[HTTP Code: 400\]\[Error Code: X\] no") as refused:
        neon.create(PROJECT, INPUTS)
    assert refused.value.half_made
    identifier, state = refused.value.half_made
    assert (identifier, state["defaultBranchId"]) == ("P", "br-1")


def test_a_branch_sends_one_call_for_each_changed_field_and_none_for_its_project(
    neon: Provider, vendor: Vendor
) -> None:
    inputs = {"projectId": "P", "parentId": "br-1", "name": "review", "protected": "no"}
    answer = {"branch": {"id": "br-2", "name": "review", "parent_id": "br-1", "protected": False}, "operations": []}
    vendor.on(f"POST {API}/projects/P/branches", answer)
    vendor.on(f"PATCH {API}/projects/P/branches/br-2", answer)
    identifier, state = neon.create(BRANCH, inputs)
    body = {"branch": {"name": "review", "parent_id": "br-1", "protected": False}}
    assert vendor.taken() == [Call("POST", f"{API}/projects/P/branches", body)]
    assert identifier == "br-2"
    neon.update(BRANCH, "br-2", state, {**inputs, "name": "other", "protected": "yes"})
    assert [call.body for call in vendor.taken()] == [{"branch": {"name": "other"}}, {"branch": {"protected": True}}]

    moved = {**inputs, "projectId": "P2"}
    difference = neon.diff(BRANCH, state, moved)
    assert (difference.kinds, difference.replaces) == ({"projectId": "UPDATE"}, [])
    assert neon.update(BRANCH, "br-2", state, moved)["projectId"] == "P2"
    assert vendor.lines() == []


def test_an_endpoint_sends_all_its_settings(neon: Provider, vendor: Vendor) -> None:
    inputs = {"projectId": "P", "branchId": "br-2"}
    answer = {"id": "ep-b", "host": HOST, "type": "read_write", "branch_id": "br-2", "pooler_enabled": False}
    vendor.on(f"POST {API}/projects/P/endpoints", {"endpoint": answer, "operations": []})
    vendor.on(f"PATCH {API}/projects/P/endpoints/ep-b", {"endpoint": {**answer, "pooler_enabled": True}})
    identifier, state = neon.create(ENDPOINT, inputs)
    compute = {"disabled": False, "pooler_enabled": False, "suspend_timeout_seconds": 0}
    sent = {"endpoint": {"branch_id": "br-2", "type": "read_write", **compute}}
    assert vendor.taken() == [Call("POST", f"{API}/projects/P/endpoints", sent)]
    assert (identifier, state["host"]) == ("ep-b", HOST)
    after = neon.update(ENDPOINT, "ep-b", state, {**inputs, "poolerEnabled": True})
    assert after["host"] == "ep-a-pooler.eu-central-1.aws.neon.tech"
    assert vendor.taken()[0].body == {"endpoint": {"branch_id": "br-2", **compute, "pooler_enabled": True}}


def test_roles_and_databases_have_ids_of_three_parts(neon: Provider, vendor: Vendor) -> None:
    place = {"projectId": "P", "branchId": "br-1"}
    base = f"{API}/projects/P/branches/br-1"
    vendor.on(f"POST {base}/roles", {"role": {"name": "r", "password": "pw", "protected": False}, "operations": []})
    role, state = neon.create(ROLE, {**place, "name": "r"})
    assert (role, state["roleId"], state["password"]) == ("P/br-1/r", "P/br-1/r", Secret("pw"))
    assert vendor.taken() == [Call("POST", f"{base}/roles", {"role": {"name": "r"}})]

    vendor.on(f"POST {base}/databases", {"database": {"name": "d", "owner_name": "r"}, "operations": []})
    vendor.on(f"PATCH {base}/databases/d", {"database": {"name": "e", "owner_name": "r"}, "operations": []})
    database, state = neon.create(DATABASE, {**place, "name": "d", "ownerName": "r"})
    after = neon.update(DATABASE, database, state, {**place, "name": "e", "ownerName": "r"})
    assert (database, after["databaseId"], after["name"]) == ("P/br-1/d", "P/br-1/e", "e")
    assert [call.body for call in vendor.taken()] == [
        {"database": {"name": "d", "owner_name": "r"}},
        {"database": {"name": "e", "owner_name": "r"}},
    ]
    vendor.on(f"GET {base}/databases/e", {"database": {"name": "e", "owner_name": "r"}})
    assert neon.read(DATABASE, database, after, {**place, "name": "e", "ownerName": "r"})[0] == "P/br-1/d"


def test_a_role_whose_password_is_not_returned_has_it_revealed(neon: Provider, vendor: Vendor) -> None:
    base = f"{API}/projects/P/branches/br-1/roles"
    vendor.on(f"GET {base}/r", {"role": {"name": "r", "protected": False}})
    vendor.on(f"GET {base}/r/reveal_password", {"password": "pw"})
    _, state, inputs = neon.read(ROLE, "P/br-1/r")
    assert vendor.lines() == [f"GET {base}/r", f"GET {base}/r/reveal_password"]
    assert (state["password"], inputs["name"]) == (Secret("pw"), "r")
    with pytest.raises(FailedError, match=r"expected {{.ProjectID}}/{{.BranchID}}/{{.Name}}"):
        neon.read(ROLE, "r")


@pytest.mark.parametrize("status", [404, 422])
@pytest.mark.parametrize(
    ("token", "identifier", "path"),
    [
        (PROJECT, "P", "/projects/P"),
        (BRANCH, "br-1", "/projects/P/branches/br-1"),
        (ENDPOINT, "ep-a", "/projects/P/endpoints/ep-a"),
        (ROLE, "P/br-1/n", "/projects/P/branches/br-1/roles/n"),
        (DATABASE, "P/br-1/n", "/projects/P/branches/br-1/databases/n"),
    ],
)
def test_404_and_422_count_as_deleted(
    neon: Provider, vendor: Vendor, token: str, identifier: str, path: str, status: int
) -> None:
    vendor.on(f"DELETE {API}{path}", Answer({"code": "", "message": "no"}, status))
    neon.delete(token, identifier, {"projectId": "P", "branchId": "br-1", "name": "n"})
    assert vendor.lines() == [f"DELETE {API}{path}"]


@pytest.mark.parametrize("status", [423, 429, 500])
def test_locks_rate_limits_and_failures_are_retried(neon: Provider, vendor: Vendor, status: int) -> None:
    line = f"GET {API}/projects/P/branches/br-2"
    busy = Answer({"code": "", "message": "project has running conflicting operations"}, status)
    vendor.on(line, busy, busy, {"branch": {"id": "br-2", "name": "x"}})
    assert neon.read(BRANCH, "br-2", {"projectId": "P"}, {"projectId": "P"})[0] == "br-2"
    assert vendor.lines() == [line, line, line]


def test_the_retries_end_and_other_errors_are_not_retried(neon: Provider, vendor: Vendor) -> None:
    line = f"GET {API}/projects/P/branches/br-2"
    vendor.on(line, Answer({"code": "", "message": "locked"}, 423))
    with pytest.raises(FailedError, match="locked"):
        neon.read(BRANCH, "br-2", {"projectId": "P"})
    assert len(vendor.taken()) == 120
    vendor.on(line, Answer({"code": "", "message": "unavailable"}, 503))
    with pytest.raises(FailedError, match=r'GET "/neon/api/v2/projects/P/branches/br-2": 503'):
        neon.read(BRANCH, "br-2", {"projectId": "P"})
    assert len(vendor.taken()) == 1


def test_a_password_from_a_function_is_in_clear_as_the_bridge_gives_it(neon: Provider, vendor: Vendor) -> None:
    vendor.on(REVEAL, {"password": "pw"})
    found = neon.invoke(
        "neon:index/getBranchRolePassword:getBranchRolePassword", projectId="P", branchId="br-1", roleName="owner"
    )
    assert (found["password"], found["id"]) == ("pw", "P/br-1/owner/password")


def test_functions_read_branches_endpoints_roles_and_projects(neon: Provider, vendor: Vendor) -> None:
    _readable(vendor)
    vendor.on(f"GET {API}/projects/P/branches/br-1/roles", {"roles": [{"name": "owner", "protected": False}]})
    place = {"projectId": "P", "branchId": "br-1"}
    branches = neon.invoke("neon:index/getBranches:getBranches", projectId="P")["branches"]
    assert [(branch["id"], branch["primary"]) for branch in branches[1:]] == [("br-1", True)]
    assert neon.invoke("neon:index/getBranchEndpoints:getBranchEndpoints", **place)["endpoints"][0]["host"] == HOST
    assert neon.invoke("neon:index/getBranchRoles:getBranchRoles", **place)["roles"][0]["name"] == "owner"
    vendor.taken()
    assert neon.invoke("neon:index/getProject:getProject", id="P")["databaseName"] == "neondb"
    assert len(vendor.taken()) == 5


def test_the_provider_is_the_one_that_the_parameter_names(neon: Provider) -> None:
    def parameterize(version: str) -> rpc.ParameterizeResponse:
        value = json.dumps({"remote": {"url": "registry.opentofu.org/kislerdm/neon", "version": version}}).encode()
        parameter = rpc.ParameterizeRequest.ParametersValue(name="neon", version=version, value=value)
        response: rpc.ParameterizeResponse = neon.call(neon.stub.Parameterize, rpc.ParameterizeRequest(value=parameter))
        return response

    answer = parameterize("0.15.0")
    assert (answer.name, answer.version) == ("neon", "0.15.0")
    with pytest.raises(FailedError, match=r"the sandbox serves registry.opentofu.org/kislerdm/neon 0.15.0 as neon"):
        parameterize("0.16.0")
