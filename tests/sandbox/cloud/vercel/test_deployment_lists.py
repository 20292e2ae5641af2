"""A silently ignored filter offers an unrelated deployment for a rollback."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloud.support import Cloud, refused
from tests.sandbox.cloud.vercel.deploying import SOURCE, create, deployed, linked

Query = dict[str, Any]


def ids(cloud: Cloud, **query: object) -> list[str]:
    response = cloud.vercel.get("/v6/deployments", params=dict(query))  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    return [one["uid"] for one in response.json()["deployments"]]


def now(cloud: Cloud) -> int:
    return int(cloud.clock().timestamp() * 1000)


def test_deployments_are_listed_by_project_target_and_state(cloud: Cloud, project: str) -> None:
    ready = deployed(cloud, project)
    waiting = create(cloud, project, target=None).json()
    assert ids(cloud, projectId=project) == [waiting["id"], ready["id"]]
    assert ids(cloud, projectId="prductr-com", state="READY") == [ready["id"]]
    assert ids(cloud, state="READY,QUEUED") == [waiting["id"], ready["id"]]
    assert ids(cloud, target="production") == [ready["id"]]
    assert ids(cloud, target="preview") == [waiting["id"]]
    assert ids(cloud, target="staging") == []
    assert ids(cloud, projectId="prj_other") == []


def test_deployments_are_listed_by_several_projects_and_by_name(cloud: Cloud, project: str) -> None:
    other, third = linked(cloud, "prductr-landing"), linked(cloud, "third")
    ours, theirs, last = (create(cloud, one).json()["id"] for one in (project, other, third))
    assert ids(cloud, projectIds=[project, other]) == [theirs, ours]
    assert ids(cloud, projectIds=f"{project},{third}") == [last, ours]
    assert ids(cloud, app="prductr-landing") == [theirs]
    assert refused(cloud.vercel.get("/v6/deployments", params={"projectId": project, "projectIds": other})) == (
        400,
        "bad_request",
    )


def test_deployments_are_listed_by_branch_commit_author_and_metadata(cloud: Cloud, project: str) -> None:
    main = create(cloud, project, meta={"change": "17"}).json()
    next_ = create(cloud, project, gitSource=SOURCE | {"ref": "next", "sha": "5e1f0a"}).json()
    tagged = create(cloud, project, meta={"githubCommitSha": "77aa01"}).json()
    assert ids(cloud, branch="next") == ids(cloud, sha="5e1f0a") == [next_["id"]]
    assert ids(cloud, sha="77aa01") == [tagged["id"]]
    assert ids(cloud, **{"meta-change": "17"}) == [main["id"]]
    author = main["creator"]["uid"]
    assert ids(cloud, users=f"somebody,{author}") == [tagged["id"], next_["id"], main["id"]]
    assert ids(cloud, users="somebody") == []


def test_the_candidates_for_a_rollback_were_production_and_are_not(cloud: Cloud, project: str) -> None:
    first, second = deployed(cloud, project), deployed(cloud, project)
    preview = deployed(cloud, project, target=None)
    assert ids(cloud, rollbackCandidate="true") == [first["id"]]
    assert ids(cloud, rollbackCandidate="false") == [preview["id"], second["id"]]
    shown = cloud.vercel.get("/v6/deployments").json()["deployments"]
    assert [one["isRollbackCandidate"] for one in shown] == [False, False, True]
    cloud.vercel.post(f"/v1/projects/{project}/rollback/{first['id']}").raise_for_status()
    assert ids(cloud, rollbackCandidate="true") == [second["id"]]


def test_deployments_are_listed_by_creation_time(cloud: Cloud, project: str) -> None:
    first = create(cloud, project).json()
    cloud.clock.advance(10)
    second = create(cloud, project).json()
    everything = [second["id"], first["id"]]
    assert ids(cloud, until=now(cloud)) == ids(cloud, to=now(cloud)) == everything
    assert ids(cloud, since=first["createdAt"]) == everything
    assert ids(cloud, since=first["createdAt"] + 1) == ids(cloud, **{"from": first["createdAt"] + 1}) == [second["id"]]
    assert ids(cloud, until=second["createdAt"] - 1) == [first["id"]]
    assert ids(cloud, since=now(cloud) + 1) == []


def test_a_long_list_comes_page_by_page_and_loses_nothing(cloud: Cloud, project: str) -> None:
    made = []
    for _ in range(5):
        made.append(create(cloud, project).json()["id"])
        cloud.clock.advance(1)
    pages: list[list[str]] = []
    query: Query = {"limit": 2}
    while len(pages) < 3:
        answer = cloud.vercel.get("/v6/deployments", params=query).json()
        pages.append([one["uid"] for one in answer["deployments"]])
        query["until"] = answer["pagination"]["next"]
    assert pages == [made[:-3:-1], made[2:0:-1], made[:1]]
    assert answer["pagination"]["next"] is None
    back = cloud.vercel.get("/v6/deployments", params={"since": answer["pagination"]["prev"]}).json()
    assert [one["uid"] for one in back["deployments"]] == made[:0:-1]


def test_deployments_of_one_millisecond_are_on_one_page(cloud: Cloud, project: str) -> None:
    made = [create(cloud, project).json()["id"] for _ in range(3)]
    answer = cloud.vercel.get("/v6/deployments", params={"limit": 1}).json()
    assert [one["uid"] for one in answer["deployments"]] == made[::-1]
    assert answer["pagination"] == {"count": 3, "next": None, "prev": None}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "SLEEPING"},
        {"target": "moon"},
        {"until": "now"},
        {"since": "-1"},
        {"limit": "many"},
        {"limit": "101"},
        {"rollbackCandidate": "perhaps"},
    ],
)
def test_an_invalid_filter_is_refused(cloud: Cloud, query: Query) -> None:
    assert refused(cloud.vercel.get("/v6/deployments", params=query)) == (400, "bad_request")
