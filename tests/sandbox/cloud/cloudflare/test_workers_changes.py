"""Changes of a Worker without an upload, as wrangler makes them. Prevents: a rehearsal that ends at the first one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloud.cloudflare.uploading import upload
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud, refused

SCRIPT = f"/accounts/{ACCOUNT}/workers/scripts/echome"
LATEST = f"/accounts/{ACCOUNT}/workers/workers/echome/versions/latest"


@pytest.fixture
def worker(cloud: Cloud) -> str:
    """The path of a deployed Worker."""
    assert upload(cloud, "echome").status_code == 200
    return SCRIPT


def result(response: Any) -> Any:  # noqa: ANN401 -- JSON
    assert response.status_code == 200, response.text
    return response.json()["result"]


def put_secret(cloud: Cloud, worker: str, name: str, text: str = "1") -> Any:  # noqa: ANN401
    return cloud.cloudflare.put(f"{worker}/secrets", json={"name": name, "text": text, "type": "secret_text"})


def names(cloud: Cloud, worker: str) -> list[str]:
    return [one["name"] for one in result(cloud.cloudflare.get(f"{worker}/secrets"))]


def deployed(cloud: Cloud, worker: str) -> str:
    newest: str = result(cloud.cloudflare.get(f"{worker}/deployments"))["deployments"][0]["versions"][0]["version_id"]
    return newest


def test_a_secret_is_a_new_version_that_is_deployed_at_once(cloud: Cloud, worker: str) -> None:
    before = deployed(cloud, worker)
    assert result(put_secret(cloud, worker, "TOKEN")) == {"name": "TOKEN", "type": "secret_text"}
    assert "TOKEN" in names(cloud, worker)
    after = deployed(cloud, worker)
    version = result(cloud.cloudflare.get(f"{worker}/versions/{after}"))
    assert (after != before, version["annotations"]["workers/triggered_by"]) == (True, "secret")
    assert "1" not in [one.get("text") for one in version["resources"]["bindings"] if one["name"] == "TOKEN"]
    result(cloud.cloudflare.delete(f"{worker}/secrets/TOKEN"))
    assert "TOKEN" not in names(cloud, worker)
    assert refused(cloud.cloudflare.delete(f"{worker}/secrets/TOKEN")) == (404, 10056)


def test_several_secrets_are_set_and_deleted_at_once(cloud: Cloud, worker: str) -> None:
    put_secret(cloud, worker, "OLD")
    texts = {"ONE": {"name": "ONE", "text": "1", "type": "secret_text"}, "OLD": None}
    listed = result(cloud.cloudflare.patch(f"{worker}/secrets-bulk", json={"secrets": texts}))
    assert {"ONE"} <= {one["name"] for one in listed}
    assert "OLD" not in names(cloud, worker)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "TOKEN"}, (400, 10021)),
        ({"name": "", "text": "1"}, (400, 10021)),
        ({"name": "TOKEN", "text": "1", "type": "plain_text"}, (400, 10021)),
        ({"name": "VERSION", "text": "1"}, (400, 10053)),
    ],
)
def test_an_invalid_secret_is_refused(cloud: Cloud, body: dict[str, str], expected: tuple[int, int]) -> None:
    bindings = [{"name": "VERSION", "type": "plain_text", "text": "1"}]
    assert upload(cloud, "echome", bindings=bindings).status_code == 200
    assert refused(cloud.cloudflare.put(f"{SCRIPT}/secrets", json=body)) == expected


def test_the_latest_version_takes_a_secret_without_being_deployed(cloud: Cloud, worker: str) -> None:
    before = deployed(cloud, worker)
    body = {"env": {"LATE": {"type": "secret_text", "text": "1"}}, "annotations": {"workers/message": "late"}}
    version = result(cloud.cloudflare.patch(LATEST, json=body))
    assert (version["annotations"]["workers/message"], deployed(cloud, worker)) == ("late", before)
    assert refused(put_secret(cloud, worker, "TOKEN")) == (400, 10215)
    assert refused(cloud.cloudflare.patch(LATEST, json={"modules": []})) == (400, 10021)
    wanted = {"strategy": "percentage", "versions": [{"version_id": version["id"], "percentage": 100}]}
    result(cloud.cloudflare.post(f"{worker}/deployments", json=wanted))
    assert put_secret(cloud, worker, "TOKEN").status_code == 200
    back = {"strategy": "percentage", "versions": [{"version_id": before, "percentage": 100}]}
    answer = cloud.cloudflare.post(f"{worker}/deployments", json=back)
    assert refused(answer) == (400, 10220)
    assert answer.json()["errors"][0]["message"] == "The following secrets have changed: LATE, TOKEN"


def test_routes_are_replaced_as_a_whole(cloud: Cloud, worker: str) -> None:
    patterns = ["prductr.com/a/*", "*.prductr.com/b"]
    listed = result(cloud.cloudflare.put(f"{worker}/routes", json=[{"pattern": one} for one in patterns]))
    assert [(one["pattern"], one["zone_id"]) for one in listed] == [(one, ZONE) for one in patterns]
    again = result(cloud.cloudflare.put(f"{worker}/routes", json=[{"pattern": patterns[1]}]))
    assert [one["id"] for one in again] == [listed[1]["id"]]
    upload(cloud, "other")
    elsewhere = f"/accounts/{ACCOUNT}/workers/scripts/other/routes"
    assert refused(cloud.cloudflare.put(elsewhere, json=[{"pattern": patterns[1]}])) == (409, 10020)
    assert refused(cloud.cloudflare.put(elsewhere, json=[{"pattern": "example.com/*"}])) == (400, 10082)
    assert refused(cloud.cloudflare.put(elsewhere, json={})) == (400, 6007)


def test_domains_are_set_after_a_preview_of_the_changes(cloud: Cloud, worker: str) -> None:
    upload(cloud, "other")
    body = {"hostname": "taken.prductr.com", "service": "other", "zone_id": ZONE}
    assert cloud.cloudflare.put(f"/accounts/{ACCOUNT}/workers/domains", json=body).status_code == 200
    record = {"name": "old.prductr.com", "type": "A", "content": "198.51.100.7", "ttl": 1}
    assert cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=record).status_code == 200
    hosts = [{"hostname": f"{name}.prductr.com"} for name in ("new", "taken", "old")]
    changes = result(cloud.cloudflare.post(f"{worker}/domains/changeset?replace_state=true", json=hosts))
    assert [one["hostname"] for one in changes["added"]] == ["new.prductr.com"]
    assert [(one["hostname"], one["modified"]) for one in changes["updated"]] == [("taken.prductr.com", True)]
    assert [one["hostname"] for one in changes["conflicting"]] == ["old.prductr.com"]
    assert refused(cloud.cloudflare.put(f"{worker}/domains/records", json={"origins": hosts[1:2]})) == (409, 100116)
    assert refused(cloud.cloudflare.put(f"{worker}/domains/records", json={"origins": hosts[2:]})) == (409, 100117)
    force = {"override_existing_origin": True, "override_existing_dns_record": True, "origins": hosts}
    made = result(cloud.cloudflare.put(f"{worker}/domains/records", json=force))
    assert {one["service"] for one in made} == {"echome"}
    one = result(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/domains/records/{made[0]['id']}"))
    assert one["hostname"] == "new.prductr.com"
    removed = result(cloud.cloudflare.post(f"{worker}/domains/changeset?replace_state=true", json=[]))["removed"]
    assert len(removed) == 3


def test_settings_without_a_version_are_kept_and_others_refused(cloud: Cloud, worker: str) -> None:
    before = deployed(cloud, worker)
    changed = result(cloud.cloudflare.patch(f"{worker}/script-settings", json={"logpush": True, "tags": ["a"]}))
    assert (changed["logpush"], changed["tags"], deployed(cloud, worker)) == (True, ["a"], before)
    assert result(cloud.cloudflare.get(f"{worker}/script-settings"))["tags"] == ["a"]
    assert refused(cloud.cloudflare.patch(f"{worker}/script-settings", json={"name": "b"})) == (400, 10021)
    consumer = {"tail_consumers": [{"service": "nobody"}]}
    assert refused(cloud.cloudflare.patch(f"{worker}/script-settings", json=consumer)) == (400, 10203)


def test_dependents_of_a_worker_are_listed_before_it_is_deleted(cloud: Cloud, worker: str) -> None:
    binding = {"name": "ECHO", "type": "service", "service": "echome"}
    assert upload(cloud, "caller", bindings=[binding]).status_code == 200
    found = result(cloud.cloudflare.get(f"{worker}/references"))["services"]["incoming"]
    assert [(one["service"], one["name"]) for one in found] == [("caller", "ECHO")]
    assert result(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/tails/by-consumer/echome")) == []
    service = f"/accounts/{ACCOUNT}/workers/services/echome"
    assert refused(cloud.cloudflare.delete(service)) == (403, 10064)
    assert cloud.cloudflare.delete(f"{service}?force=true").status_code == 200
    assert refused(cloud.cloudflare.get(service)) == (404, 10007)
    assert refused(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/workers/echome")) == (404, 10007)


def test_a_worker_is_shown_by_its_newer_name_with_its_switch(cloud: Cloud, worker: str) -> None:
    result(cloud.cloudflare.post(f"{worker}/subdomain", json={"enabled": True}))
    shown = result(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/workers/echome"))
    assert (shown["name"], shown["subdomain"]) == ("echome", {"enabled": True, "previews_enabled": True})
    assert [one["name"] for one in result(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/workers"))] == ["echome"]


def test_the_user_and_the_users_accounts_are_returned(cloud: Cloud) -> None:
    assert result(cloud.cloudflare.get("/user"))["email"] == "operator@prductr.com"
    memberships = result(cloud.cloudflare.get("/memberships"))
    assert [(one["status"], one["account"]["id"]) for one in memberships] == [("accepted", ACCOUNT)]
    assert result(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/storage/kv/namespaces")) == []


def test_changes_by_wrangler_are_attributed_to_it(cloud: Cloud, worker: str) -> None:
    cloud.cloudflare.headers["user-agent"] = "wrangler/4.164.0"
    put_secret(cloud, worker, "TOKEN")
    newest = result(cloud.cloudflare.get(f"{worker}/deployments"))["deployments"]
    assert [one["source"] for one in newest] == ["wrangler", "api"]
