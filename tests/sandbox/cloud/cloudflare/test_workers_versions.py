"""Versions and deployments of a Worker. Prevents: a rollback that reports success and still serves the bad version."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.sandbox.cloud.cloudflare.uploading import (
    CODE,
    DEPLOYMENTS,
    SCRIPTS,
    SECRET,
    VERSIONS,
    deploy,
    deployments,
    form,
    result,
    upload,
    versions,
)
from tests.sandbox.cloud.support import Cloud, refused


def deployed(cloud: Cloud) -> list[str]:
    """Return the versions of the latest deployment."""
    return [share["version_id"] for share in deployments(cloud)[0]["versions"]]


def test_each_upload_keeps_a_version_and_deploys_it_to_everybody(cloud: Cloud) -> None:
    upload(cloud)
    cloud.clock.advance(60)
    upload(cloud, code=CODE + "//", annotations={"workers/message": "second", "workers/tag": "v2"})
    second, first = versions(cloud)
    assert (first["number"], second["number"]) == (1, 2)
    assert first["metadata"]["created_on"] < second["metadata"]["created_on"]
    assert (second["metadata"]["source"], "@" in second["metadata"]["author_email"]) == ("api", True)
    uploaded = {"workers/triggered_by": "upload"}
    assert first["annotations"] == uploaded
    assert second["annotations"] == {"workers/message": "second", "workers/tag": "v2"} | uploaded
    newest, oldest = deployments(cloud)
    assert newest["versions"] == [{"version_id": second["id"], "percentage": 100}]
    assert oldest["versions"] == [{"version_id": first["id"], "percentage": 100}]
    assert (newest["strategy"], newest["created_on"]) == ("percentage", second["metadata"]["created_on"])
    assert {uuid.UUID(one["id"]).version for one in (first, second, newest, oldest)} == {4}


def test_a_version_shows_its_own_resources_without_values_of_secrets(cloud: Cloud) -> None:
    upload(cloud, limits={"cpu_ms": 50}, compatibility_flags=["nodejs_compat"])
    first = versions(cloud)[0]["id"]
    upload(cloud, code=CODE + "//", bindings=[])
    answer = cloud.cloudflare.get(f"{VERSIONS}/{first}")
    resources = result(answer)["resources"]
    assert [(one["type"], one["name"]) for one in resources["bindings"]] == [
        ("plain_text", "HOST"),
        ("secret_text", "S"),
    ]
    assert resources["script"]["handlers"] == ["fetch"]
    assert resources["script_runtime"] == {
        "compatibility_date": "2026-01-01",
        "compatibility_flags": ["nodejs_compat"],
        "limits": {"cpu_ms": 50},
        "usage_model": "standard",
    }
    current = result(cloud.cloudflare.get(f"{VERSIONS}/{versions(cloud)[0]['id']}"))["resources"]
    assert (current["bindings"], current["script"]["etag"] != resources["script"]["etag"]) == ([], True)
    assert SECRET not in answer.text + cloud.cloudflare.get(VERSIONS).text + cloud.cloudflare.get(DEPLOYMENTS).text
    assert "modules" not in answer.text


def test_versions_are_paged_newest_first_and_deployable_ones_come_at_once(cloud: Cloud) -> None:
    for _ in range(12):
        upload(cloud)
    assert [one["number"] for one in versions(cloud)] == list(range(12, 2, -1))
    second = cloud.cloudflare.get(VERSIONS, params={"page": "2", "per_page": "5"}).json()
    assert [one["number"] for one in second["result"]["items"]] == [7, 6, 5, 4, 3]
    assert second["result_info"] == {"page": 2, "per_page": 5, "count": 5, "total_count": 12, "total_pages": 3}
    deployable = result(cloud.cloudflare.get(VERSIONS, params={"deployable": "true"}))
    assert len(deployable["items"]) == 12


def test_a_version_may_be_uploaded_without_being_deployed(cloud: Cloud) -> None:
    upload(cloud)
    before = deployments(cloud)
    made = result(cloud.cloudflare.post(VERSIONS, files=form(CODE + "//", annotations={"workers/tag": "next"})))
    assert (made["number"], made["annotations"]["workers/triggered_by"]) == (2, "version_upload")
    assert made["startup_time_ms"] > 0
    assert deployments(cloud) == before
    assert result(deploy(cloud, (made["id"], 100)))["versions"][0]["version_id"] == made["id"]
    missing = cloud.cloudflare.post(f"{SCRIPTS}/nobody/versions", files=form())
    assert refused(missing) == (404, 10007)


def test_an_earlier_version_is_deployed_again(cloud: Cloud) -> None:
    upload(cloud)
    upload(cloud, code=CODE + "//")
    second, first = (one["id"] for one in versions(cloud))
    message = {"workers/message": "back"}
    made = result(deploy(cloud, (first, 100), annotations=message))
    assert made["annotations"] == message | {"workers/triggered_by": "deployment"}
    assert result(cloud.cloudflare.get(f"{DEPLOYMENTS}/{made['id']}")) == made == deployments(cloud)[0]
    assert [one["id"] for one in versions(cloud)] == [second, first]
    result(deploy(cloud, (second, 100)))
    assert deployed(cloud) == [second]
    assert len(deployments(cloud)) == 4


def test_going_back_to_other_secrets_must_be_forced(cloud: Cloud) -> None:
    upload(cloud)
    upload(cloud, bindings=[{"type": "secret_text", "name": "S", "text": "changed"}])
    second, first = (one["id"] for one in versions(cloud))
    answer = deploy(cloud, (first, 100))
    assert refused(answer) == (400, 10220)
    assert ("S" in answer.text, "changed." in answer.text, SECRET in answer.text) == (True, False, False)
    assert deployed(cloud) == [second]
    result(deploy(cloud, (first, 100), query="?force=true"))
    assert deployed(cloud) == [first]
    result(deploy(cloud, (second, 100)))
    assert deployed(cloud) == [second]


def test_an_invalid_deployment_is_refused_and_changes_nothing(cloud: Cloud) -> None:
    upload(cloud)
    upload(cloud, code=CODE + "//")
    second, first = (one["id"] for one in versions(cloud))
    before = deployments(cloud)
    wrong = [
        deploy(cloud),
        deploy(cloud, (first, 99)),
        deploy(cloud, (first, 101)),
        deploy(cloud, (first, "100")),
        deploy(cloud, (first, True)),
        deploy(cloud, (first, 0), (second, 100)),
        deploy(cloud, (first, 100), strategy="all"),
    ]
    assert [refused(answer) for answer in wrong] == [(400, 10021)] * len(wrong)
    gradual = deploy(cloud, (first, 10), (second, 90))
    assert (refused(gradual), "does not simulate" in gradual.text) == ((400, 10021), True)
    assert refused(deploy(cloud, (first, 100), annotations={"workers/message": 1})) == (400, 6007)
    assert refused(deploy(cloud, (str(uuid.uuid4()), 100))) == (404, 100146)
    assert refused(deploy(cloud, (None, 100))) == (404, 100146)
    assert deployments(cloud) == before


def test_a_long_message_is_cut_between_characters(cloud: Cloud) -> None:
    upload(cloud)
    made = result(deploy(cloud, (versions(cloud)[0]["id"], 100), annotations={"workers/message": "x" + "ä" * 600}))
    assert made["annotations"]["workers/message"] == "x" + "ä" * 499


def test_only_deployments_that_serve_nobody_are_deleted(cloud: Cloud) -> None:
    upload(cloud)
    upload(cloud)
    newest, oldest = (f"{DEPLOYMENTS}/{one['id']}" for one in deployments(cloud))
    assert refused(cloud.cloudflare.delete(newest)) == (400, 10021)
    assert cloud.cloudflare.delete(oldest).status_code == 200
    assert refused(cloud.cloudflare.delete(oldest)) == (404, 100146)
    assert len(deployments(cloud)) == 1


@pytest.mark.parametrize("kind", ["versions", "deployments"])
def test_versions_of_another_worker_are_not_found(cloud: Cloud, kind: str) -> None:
    upload(cloud)
    upload(cloud, name="other")
    listed = result(cloud.cloudflare.get(f"{SCRIPTS}/other/{kind}"))
    (foreign,) = listed["items" if kind == "versions" else kind]
    assert refused(cloud.cloudflare.get(f"{SCRIPTS}/echome/{kind}/{foreign['id']}")) == (404, 100146)
    assert refused(cloud.cloudflare.get(f"{SCRIPTS}/nobody/{kind}")) == (404, 10007)


def test_a_deleted_workers_versions_are_gone_and_a_new_one_begins_at_the_first(cloud: Cloud) -> None:
    upload(cloud)
    upload(cloud)
    cloud.cloudflare.delete(f"{SCRIPTS}/echome").raise_for_status()
    assert refused(cloud.cloudflare.get(VERSIONS)) == (404, 10007)
    kept = [cloud.store.find(f"cloudflare.workers_{kind}") for kind in ("versions", "deployments")]
    assert json.dumps(kept) == "[[], []]"
    upload(cloud)
    assert [one["number"] for one in versions(cloud)] == [1]
