"""Faults that a test orders must strike exactly as ordered: a fault that does not strike proves nothing."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.cloud.support import ZONE, Cloud

RECORD = {"type": "TXT", "name": "probe", "content": '"v"', "ttl": 1}


def order(cloud: Cloud, **rule: object) -> dict[str, object]:
    response = cloud.admin.post("/_sandbox/faults", json=rule)
    assert response.status_code == 201, response.text
    answer: dict[str, object] = response.json()
    return answer


def test_a_rate_limit_responds_with_the_vendors_message_as_often_as_ordered(cloud: Cloud) -> None:
    order(cloud, match={"path": "^/client/v4/zones"}, action="status", status=429, retry_after=7, count=2)
    limited = [cloud.cloudflare.get("/zones") for _ in range(3)]
    assert [response.status_code for response in limited] == [429, 429, 200]
    assert limited[0].headers["retry-after"] == "7"
    assert limited[0].json()["errors"][0]["code"] == 971


def test_an_error_of_vercel_has_vercels_form(cloud: Cloud) -> None:
    order(cloud, match={"path": "^/vercel/"}, action="status", status=503, count=1)
    response = cloud.vercel.get("/v2/user")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "internal_server_error")


def test_a_refused_call_changes_nothing(cloud: Cloud) -> None:
    order(cloud, match={"method": "post"}, action="status", status=500, count=1)
    assert cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=RECORD).status_code == 500
    assert cloud.cloudflare.get(f"/zones/{ZONE}/dns_records").json()["result"] == []


def test_a_reset_breaks_the_connection_before_anything_happens(cloud: Cloud) -> None:
    order(cloud, match={"method": "POST", "path": "dns_records"}, action="reset", count=1)
    with pytest.raises(httpx.TransportError):
        cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=RECORD)
    assert cloud.cloudflare.get(f"/zones/{ZONE}/dns_records").json()["result"] == []


@pytest.mark.parametrize("rule", [{"action": "reset"}, {"action": "status", "status": 500}])
def test_a_fault_after_the_change_leaves_the_change_behind(cloud: Cloud, rule: dict[str, object]) -> None:
    order(cloud, match={"method": "POST", "path": "dns_records"}, after=True, count=1, **rule)
    if rule["action"] == "reset":
        with pytest.raises(httpx.TransportError):
            cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=RECORD)
    else:
        assert cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=RECORD).status_code == 500
    names = [record["name"] for record in cloud.cloudflare.get(f"/zones/{ZONE}/dns_records").json()["result"]]
    assert names == ["probe.prductr.com"]


def test_a_timeout_after_the_change_makes_the_change_and_never_responds(cloud: Cloud) -> None:
    order(cloud, match={"method": "POST", "path": "dns_records"}, action="timeout_after", count=1)
    with pytest.raises(httpx.ReadTimeout):
        cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=RECORD, timeout=0.5)
    names = [record["name"] for record in cloud.cloudflare.get(f"/zones/{ZONE}/dns_records").json()["result"]]
    assert names == ["probe.prductr.com"]


def test_a_timeout_with_a_limit_ends_in_a_broken_connection(cloud: Cloud) -> None:
    order(cloud, match={"path": "/zones$"}, action="timeout_after", seconds=0.05, count=1)
    with pytest.raises(httpx.TransportError) as failure:
        cloud.cloudflare.get("/zones")
    assert not isinstance(failure.value, httpx.TimeoutException)


def test_latency_delays_the_response_and_breaks_nothing(cloud: Cloud) -> None:
    order(cloud, action="latency", seconds=0.6, count=1)
    with pytest.raises(httpx.ReadTimeout):
        cloud.cloudflare.get("/zones", timeout=0.2)
    assert cloud.cloudflare.get("/zones").status_code == 200


def test_a_seed_makes_chance_repeatable(cloud: Cloud) -> None:
    def statuses() -> list[int]:
        cloud.faults.remove()
        order(cloud, action="status", status=502, probability=0.5, seed=11)
        return [cloud.cloudflare.get("/zones").status_code for _ in range(20)]

    first = statuses()
    assert first == statuses()
    assert set(first) == {200, 502}


def test_rules_are_listed_with_their_use_and_removed_by_id(cloud: Cloud) -> None:
    kept = order(cloud, match={"path": "nowhere"}, action="reset")
    gone = order(cloud, action="status", status=500, count=1)
    assert cloud.cloudflare.get("/zones").status_code == 500
    listed = {rule["id"]: rule for rule in cloud.admin.get("/_sandbox/faults").json()["faults"]}
    assert (listed[gone["id"]]["used"], listed[gone["id"]]["count"]) == (1, 0)
    assert cloud.admin.delete("/_sandbox/faults", params={"id": str(gone["id"])}).json() == {"removed": 1}
    assert [rule["id"] for rule in cloud.admin.get("/_sandbox/faults").json()["faults"]] == [kept["id"]]
    assert cloud.admin.delete("/_sandbox/faults").json() == {"removed": 1}


def test_a_rule_as_it_is_listed_can_be_ordered_again(cloud: Cloud) -> None:
    first = order(cloud, match={"method": "get", "path": "/zones"}, action="status", status=502, retry_after=3, seed=-1)
    again = order(cloud, **{key: value for key, value in first.items() if key not in ("id", "used")})
    assert again | {"id": first["id"]} == first


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"action": "explode"}, "action: 'explode' is none of latency, status, reset, timeout_after"),
        ({"action": ["reset"]}, "action: ['reset'] is none of latency, status, reset, timeout_after"),
        ({"action": "latency", "after": True}, "after: True must be a boolean, only for a status or a reset"),
        ({"action": "reset", "after": "yes"}, "after: 'yes' must be a boolean"),
        ({"action": None}, "action: None is none of latency, status, reset, timeout_after"),
        ({"status": 200}, "status: 200 is not a whole number from 400 to 599"),
        ({"status": "x"}, "status: 'x' is not a whole number from 400 to 599"),
        ({"status": 500.5}, "status: 500.5 is not a whole number from 400 to 599"),
        ({"probability": 2}, "probability: 2 is not a number from 0 to 1"),
        ({"probability": True}, "probability: True is not a number from 0 to 1"),
        ({"seconds": -1}, "seconds: -1 is not a number from 0 to 3600"),
        ({"seconds": "x"}, "seconds: 'x' is not a number from 0 to 3600"),
        ({"seconds": {}}, "seconds: {} is not a number from 0 to 3600"),
        ({"count": 0}, "count: 0 is not a whole number from 1 to 1000000"),
        ({"count": "twice"}, "count: 'twice' is not a whole number from 1 to 1000000"),
        ({"count": False}, "count: False is not a whole number from 1 to 1000000"),
        ({"retry_after": "abc"}, "retry_after: 'abc' is not a whole number from 0 to 86400"),
        ({"retry_after": -1}, "retry_after: -1 is not a whole number from 0 to 86400"),
        ({"seed": "x"}, "seed: 'x' is not a whole number from "),
        ({"seed": 0.5}, "seed: 0.5 is not a whole number from "),
        ({"colour": "red", "cuont": 1}, "unknown: colour, cuont (known: action, after, count, match, probability, "),
        ({"match": {"foo": 1}}, "unknown: match.foo (known: method, path)"),
        ({"match": {"Path": "/zones"}}, "unknown: match.Path (known: method, path)"),
        ({"match": []}, "match: [] is not an object with method, path or both"),
        ({"match": "/zones"}, "match: '/zones' is not an object with method, path or both"),
        ({"match": {"path": "("}}, "match.path: '(' is not a regular expression: missing )"),
        ({"match": {"path": 1}}, "match.path: 1 is not a regular expression"),
        ({"match": {"method": "GTE"}}, "match.method: 'GTE' is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        ({"match": {"method": ["GET"]}}, "match.method: ['GET'] is none of GET, "),
    ],
)
def test_an_invalid_rule_is_refused_by_name(cloud: Cloud, wrong: dict[str, object], message: str) -> None:
    response = cloud.admin.post("/_sandbox/faults", json={"action": "status"} | wrong)
    assert response.status_code == 400
    assert response.json()["error"].startswith(message)
    assert cloud.admin.get("/_sandbox/faults").json() == {"faults": []}
