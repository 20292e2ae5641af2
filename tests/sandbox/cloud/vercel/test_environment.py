"""Editing a variable conflicted with itself in many projects, and a sensitive value must never be readable again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.cloud.support import Cloud, refused

SECRET = "marker-91ce-sensitive-value"


@pytest.fixture
def env(cloud: Cloud) -> str:
    """Return the path of the environment of a new project."""
    project = cloud.vercel.post("/v10/projects", json={"name": "prductr-com"}).json()
    return f"/projects/{project['id']}/env"


def variable(key: str = "ENABLE_RLS", **more: object) -> dict[str, Any]:
    return {"key": key, "value": "true", "type": "plain", "target": ["production"], "comment": "", **more}


def create(cloud: Cloud, env: str, body: object, **params: str) -> httpx.Response:
    return cloud.vercel.post(f"/v10{env}", json=body, params=params or None)


def created(cloud: Cloud, env: str, **more: object) -> dict[str, Any]:
    response = create(cloud, env, variable(**more))  # type: ignore[arg-type]
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()["created"]
    return made


def listed(cloud: Cloud, env: str) -> list[dict[str, Any]]:
    envs: list[dict[str, Any]] = cloud.vercel.get(f"/v8{env}", params={"decrypt": "true"}).json()["envs"]
    return envs


def test_one_variable_is_made_read_changed_and_deleted(cloud: Cloud, env: str) -> None:
    made = created(cloud, env)
    assert (made["key"], made["target"], made["type"]) == ("ENABLE_RLS", ["production"], "plain")
    read = cloud.vercel.get(f"/v10{env}/{made['id']}").json()
    assert (read["value"], read["decrypted"]) == ("true", True)
    change = {"value": "false", "target": ["production"], "type": "plain", "comment": "off"}
    changed = cloud.vercel.patch(f"/v10{env}/{made['id']}", json=change).json()
    assert (changed["id"], changed["value"], changed["comment"]) == (made["id"], "false", "off")
    assert cloud.vercel.delete(f"/v8{env}/{made['id']}").json()["key"] == "ENABLE_RLS"
    assert refused(cloud.vercel.get(f"/v10{env}/{made['id']}")) == (404, "not_found")
    assert refused(cloud.vercel.delete(f"/v8{env}/{made['id']}")) == (404, "not_found")
    assert listed(cloud, env) == []


def test_no_call_returns_a_sensitive_value(cloud: Cloud, env: str) -> None:
    answers = [create(cloud, env, variable("S", type="sensitive", value=SECRET))]
    id_ = answers[0].json()["created"]["id"]
    answers += [
        cloud.vercel.get(f"/v10{env}/{id_}"),
        cloud.vercel.get(f"/v8{env}", params={"decrypt": "true"}),
        cloud.vercel.patch(f"/v10{env}/{id_}", json={"comment": "still secret"}),
        cloud.vercel.delete(f"/v8{env}/{id_}"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert not [answer.url for answer in answers if SECRET in answer.text]
    assert answers[1].json()["value"] == ""


def test_a_change_without_a_value_keeps_the_sensitive_one(cloud: Cloud, env: str) -> None:
    made = created(cloud, env, key="S", type="sensitive", value=SECRET)
    cloud.vercel.patch(f"/v10{env}/{made['id']}", json={"comment": "x"})
    stored = cloud.store.get("vercel.env", made["id"])
    assert stored is not None
    assert (stored["value"], stored["comment"]) == (SECRET, "x")


def test_an_encrypted_value_is_returned_only_on_request(cloud: Cloud, env: str) -> None:
    made = created(cloud, env, key="E", type="encrypted", value="plain text")
    assert made["value"] != "plain text"
    (hidden,) = cloud.vercel.get(f"/v9{env}").json()["envs"]
    assert (hidden["value"] == "plain text", hidden["decrypted"]) == (False, False)
    (shown,) = listed(cloud, env)
    assert (shown["value"], shown["decrypted"]) == ("plain text", True)
    assert cloud.vercel.get(f"/v10{env}/{made['id']}").json()["value"] == "plain text"


def test_a_key_conflicts_for_the_targets_that_it_has(cloud: Cloud, env: str) -> None:
    made = created(cloud, env, target=["production", "preview"])
    taken = create(cloud, env, variable(target=["preview", "development"]))
    assert refused(taken) == (400, "ENV_CONFLICT")
    error = taken.json()["error"]
    assert (error["envVarKey"], error["envVarId"]) == ("ENABLE_RLS", made["id"])
    assert error["target"] == ["preview", "development"]
    assert error["message"].endswith("already exists for the target preview on branch undefined")
    assert create(cloud, env, variable(target=["development"])).status_code == 201
    assert create(cloud, env, variable(target=["preview"], gitBranch="next")).status_code == 201
    assert refused(create(cloud, env, variable(target=["preview"], gitBranch="next"))) == (400, "ENV_CONFLICT")


def test_a_change_into_a_conflict_is_refused(cloud: Cloud, env: str) -> None:
    created(cloud, env)
    other = created(cloud, env, target=["preview"])
    response = cloud.vercel.patch(f"/v10{env}/{other['id']}", json={"target": ["preview", "production"]})
    assert refused(response) == (400, "ENV_CONFLICT")
    assert [one["target"] for one in listed(cloud, env)] == [["production"], ["preview"]]


def test_an_upsert_replaces_the_variable_of_the_same_targets(cloud: Cloud, env: str) -> None:
    made = created(cloud, env)
    response = create(cloud, env, variable(value="changed"), upsert="true")
    assert (response.status_code, response.json()["created"]["id"]) == (201, made["id"])
    assert [one["value"] for one in listed(cloud, env)] == ["changed"]
    wider = create(cloud, env, variable(target=["production", "preview"]), upsert="true")
    assert refused(wider) == (400, "ENV_CONFLICT")


def test_several_are_made_at_once_and_failures_are_named(cloud: Cloud, env: str) -> None:
    first = create(cloud, env, [variable("A"), variable("B")])
    assert (first.status_code, first.json()["failed"]) == (201, [])
    assert [one["key"] for one in first.json()["created"]] == ["A", "B"]
    mixed = create(cloud, env, [variable("B"), variable("C")]).json()
    assert [one["key"] for one in mixed["created"]] == ["C"]
    assert [(one["error"]["code"], one["error"]["envVarKey"]) for one in mixed["failed"]] == [("ENV_CONFLICT", "B")]
    none = create(cloud, env, [variable("A"), variable("B")])
    assert refused(none) == (400, "BAD_REQUEST")
    assert [one["error"]["envVarKey"] for one in none.json()["failed"]] == ["A", "B"]
    assert [one["key"] for one in listed(cloud, env)] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "wrong",
    [
        variable("1ST"),
        variable("A-B"),
        variable(type="secretive"),
        variable(target=["staging"]),
        variable(target=[]),
        variable(value=1),
        variable(value="x" * 65536),
        variable(type="sensitive", target=["development"]),
        variable(type="sensitive", target=["production", "development"]),
        variable(gitBranch="next"),
        variable(visibility="public"),
    ],
)
def test_a_wrong_variable_is_refused(cloud: Cloud, env: str, wrong: dict[str, object]) -> None:
    assert refused(create(cloud, env, wrong)) == (400, "bad_request")
    assert listed(cloud, env) == []


def test_a_reserved_name_is_refused(cloud: Cloud, env: str) -> None:
    assert refused(create(cloud, env, variable("VERCEL_ENV"))) == (400, "RESERVED_ENV_VARIABLE")


@pytest.mark.parametrize("change", [{"type": "plain"}, {"key": "OTHER"}])
def test_a_sensitive_variable_stays_sensitive_and_keeps_its_key(
    cloud: Cloud, env: str, change: dict[str, object]
) -> None:
    made = created(cloud, env, key="S", type="sensitive", value=SECRET)
    assert refused(cloud.vercel.patch(f"/v10{env}/{made['id']}", json=change)) == (400, "bad_request")


def test_a_team_may_demand_sensitive_variables(cloud: Cloud, env: str) -> None:
    team = cloud.store.find("vercel.teams", slug="hhnn")[0]
    cloud.store.put("vercel.teams", team["id"], team | {"sensitiveEnvironmentVariablePolicy": "on"})
    assert refused(create(cloud, env, variable())) == (400, "bad_request")
    assert create(cloud, env, variable(type="sensitive")).status_code == 201
    assert create(cloud, env, variable("D", target=["development"])).status_code == 201


def test_a_long_list_is_paged(cloud: Cloud, env: str) -> None:
    for number in range(7):
        created(cloud, env, key=f"K{number}")
        cloud.clock.advance(1)
    first = cloud.vercel.get(f"/v8{env}", params={"limit": 5}).json()
    assert [one["key"] for one in first["envs"]] == ["K0", "K1", "K2", "K3", "K4"]
    rest = cloud.vercel.get(f"/v8{env}", params={"limit": 5, "since": first["pagination"]["next"]}).json()
    assert [one["key"] for one in rest["envs"]] == ["K5", "K6"]
    assert rest["pagination"]["next"] is None


def test_variables_are_listed_by_target_and_branch(cloud: Cloud, env: str) -> None:
    created(cloud, env, key="A")
    created(cloud, env, key="B", target=["preview"])
    created(cloud, env, key="B", target=["preview"], gitBranch="next")

    def listed_by(**query: str) -> list[tuple[str, str | None]]:
        answer = cloud.vercel.get(f"/v10{env}", params=query)
        return [(one["key"], one["gitBranch"]) for one in answer.json()["envs"]]

    assert listed_by(target="production") == [("A", None)]
    assert listed_by(target="preview") == [("B", None), ("B", "next")]
    assert listed_by(gitBranch="next") == [("B", "next")]
    assert listed_by(source="a-tool") == [("A", None), ("B", None), ("B", "next")]
    for key in ("customEnvironmentId", "customEnvironmentSlug"):
        assert refused(cloud.vercel.get(f"/v10{env}", params={key: "x"})) == (400, "bad_request")
