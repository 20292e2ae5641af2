"""A build that fails, or is cancelled, leaves production as it was, and gives the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloud.support import Cloud, refused
from tests.sandbox.cloud.vercel.deploying import SOURCE, create, current, deployed, linked, read, watched


def order(cloud: Cloud, **rule: object) -> None:
    response = cloud.admin.post("/_sandbox/faults", json={"action": "build_error", **rule})
    assert response.status_code == 201, response.text


def events(cloud: Cloud, id_: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.vercel.get(f"/v3/deployments/{id_}/events", params=query).json()
    return found


def states(found: list[dict[str, Any]]) -> list[str]:
    return [event["info"]["readyState"] for event in found if event["type"] == "deployment-state"]


def test_a_failed_build_gives_its_reason_and_takes_nothing_over(cloud: Cloud, project: str) -> None:
    good = deployed(cloud, project)
    cloud.vercel.patch(f"/v9/projects/{project}", json={"buildCommand": "make site"}).raise_for_status()
    order(cloud, match={"path": "^prductr-com/main$"}, count=1)
    failed = deployed(cloud, project)
    assert (failed["readyState"], failed["status"], failed["aliasAssigned"]) == ("ERROR", "ERROR", False)
    assert (failed["errorCode"], failed["errorMessage"]) == ("BUILD_UTILS_SPAWN_1", 'Command "make site" exited with 1')
    assert (failed["alias"], current(cloud, project)) == ([], good["id"])
    assert read(cloud, project)["latestDeployments"][0]["readyState"] == "ERROR"
    assert watched(cloud, failed["id"])["readyState"] == "ERROR"
    url = f"/v10/projects/{project}/promote/{failed['id']}"
    assert refused(cloud.vercel.post(url)) == (400, "bad_request")
    assert deployed(cloud, project)["id"] == current(cloud, project)


def test_only_builds_of_the_named_project_and_branch_fail(cloud: Cloud, project: str) -> None:
    other = linked(cloud, "prductr-landing")
    order(cloud, match={"path": "^prductr-com/next$"})
    refs = {ref: deployed(cloud, project, gitSource=SOURCE | {"ref": ref})["readyState"] for ref in ("main", "next")}
    assert refs == {"main": "READY", "next": "ERROR"}
    assert deployed(cloud, other, gitSource=SOURCE | {"ref": "next"})["readyState"] == "READY"


def test_a_rule_for_builds_disturbs_no_call_and_one_for_calls_no_build(cloud: Cloud, project: str) -> None:
    order(cloud, count=1)
    cloud.faults.add({"match": {"path": "prductr-com/main"}, "action": "status", "status": 500})
    assert deployed(cloud, project)["readyState"] == "ERROR"
    (rule, other) = cloud.admin.get("/_sandbox/faults").json()["faults"]
    assert (rule["used"], other["used"]) == (1, 0)


def test_a_build_has_no_method(cloud: Cloud) -> None:
    answer = cloud.admin.post("/_sandbox/faults", json={"action": "build_error", "match": {"method": "POST"}})
    assert answer.status_code == 400
    assert "match.method" in answer.json()["error"]


def test_a_build_that_nobody_watches_still_ends(cloud: Cloud, project: str) -> None:
    id_ = create(cloud, project).json()["id"]
    assert current(cloud, project) is None
    cloud.clock.advance(61)
    assert current(cloud, project) == id_


def test_an_older_build_that_ends_later_does_not_take_over(cloud: Cloud, project: str) -> None:
    older = create(cloud, project).json()
    cloud.clock.advance(1)
    newer = deployed(cloud, project)
    assert watched(cloud, older["id"])["readySubstate"] == "STAGED"
    assert current(cloud, project) == newer["id"]


@pytest.mark.parametrize("looks", [0, 1])
def test_a_running_build_can_be_cancelled(cloud: Cloud, project: str, looks: int) -> None:
    id_ = create(cloud, project).json()["id"]
    for _ in range(looks):
        cloud.vercel.get(f"/v13/deployments/{id_}")
    canceled = cloud.vercel.patch(f"/v12/deployments/{id_}/cancel").json()
    assert (canceled["readyState"], canceled["status"]) == ("CANCELED", "CANCELED")
    assert canceled["canceledAt"] == int(cloud.clock().timestamp() * 1000)
    cloud.clock.advance(61)
    assert watched(cloud, id_)["readyState"] == "CANCELED"
    assert (current(cloud, project), states(events(cloud, id_))[-1]) == (None, "CANCELED")
    assert refused(cloud.vercel.patch(f"/v12/deployments/{id_}/cancel")) == (400, "bad_request")


def test_a_finished_build_cannot_be_cancelled(cloud: Cloud, project: str) -> None:
    ready = deployed(cloud, project)
    assert refused(cloud.vercel.patch(f"/v12/deployments/{ready['id']}/cancel")) == (400, "bad_request")
    late = create(cloud, project).json()
    cloud.clock.advance(61)
    assert refused(cloud.vercel.patch(f"/v12/deployments/{late['id']}/cancel")) == (400, "bad_request")
    assert refused(cloud.vercel.patch("/v12/deployments/dpl_nobody/cancel")) == (404, "not_found")


def test_the_log_shows_each_step(cloud: Cloud, project: str) -> None:
    id_ = create(cloud, project).json()["id"]
    assert states(events(cloud, id_)) == ["QUEUED"]
    cloud.clock.advance(1)
    watched(cloud, id_)
    found = events(cloud, id_)
    assert states(found) == ["QUEUED", "BUILDING", "READY"]
    assert events(cloud, id_, direction="backward") == found[::-1]
    assert events(cloud, id_, limit="1", builds="1", delimiter="1") == found[:1]
    assert events(cloud, id_, limit="-1") == found
    assert states(events(cloud, id_, since=str(found[1]["date"]))) == ["BUILDING", "READY"]
    assert states(events(cloud, id_, until=str(found[0]["date"]))) == ["QUEUED"]


def test_the_log_of_a_failed_build_holds_the_error(cloud: Cloud, project: str) -> None:
    order(cloud, count=1)
    found = events(cloud, deployed(cloud, project)["id"])
    assert states(found) == ["QUEUED", "BUILDING", "ERROR"]
    (line,) = [event for event in found if event["type"] == "stderr"]
    assert (line["level"], line["text"]) == ("error", 'Error: Command "npm run build" exited with 1')


@pytest.mark.parametrize("query", [{"follow": "1"}, {"name": "bld_x"}, {"statusCode": "500"}, {"direction": "up"}])
def test_an_invalid_request_for_a_log_is_refused(cloud: Cloud, project: str, query: dict[str, str]) -> None:
    id_ = create(cloud, project).json()["id"]
    assert refused(cloud.vercel.get(f"/v3/deployments/{id_}/events", params=query)) == (400, "bad_request")
