"""Each phase has one ruleset: a second one is refused, as in a zone whose dashboard has made one before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloud.support import ZONE, Cloud, refused

RULESETS = f"/zones/{ZONE}/rulesets"
PHASE = "http_request_dynamic_redirect"
TARGET = {"expression": 'concat("https://prductr.com", http.request.uri.path)'}


def redirect(**changes: object) -> dict[str, Any]:
    value = {"status_code": 308, "preserve_query_string": True, "target_url": TARGET}
    rule = {
        "ref": "www",
        "description": "www",
        "enabled": True,
        "expression": '(http.host eq "www.prductr.com")',
        "action": "redirect",
        "action_parameters": {"from_value": value},
    }
    return rule | changes


def ruleset(*rules: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {"name": "redirects", "kind": "zone", "phase": PHASE, "description": "", "rules": list(rules)} | changes


def rate_limit(**changes: object) -> dict[str, Any]:
    limit = {"characteristics": ["cf.colo.id", "ip.src"], "period": 10, "requests_per_period": 100}
    limit |= {"mitigation_timeout": 10}
    return {"action": "block", "expression": "true", "ratelimit": limit | changes}


def made(cloud: Cloud) -> dict[str, Any]:
    response = cloud.cloudflare.post(RULESETS, json=ruleset(redirect()))
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()["result"]
    return result


def test_a_ruleset_is_made_with_ids_refs_and_versions(cloud: Cloud) -> None:
    result = made(cloud)
    assert (result["version"], result["phase"], len(result["id"])) == ("1", PHASE, 32)
    (rule,) = result["rules"]
    assert (rule["version"], rule["ref"], rule["enabled"], len(rule["id"])) == ("1", "www", True, 32)
    assert cloud.cloudflare.get(f"{RULESETS}/{result['id']}").json()["result"] == result
    listed = cloud.cloudflare.get(RULESETS).json()["result"]
    assert [(one["id"], "rules" in one) for one in listed] == [(result["id"], False)]


def test_a_rule_without_a_ref_is_identified_by_its_id(cloud: Cloud) -> None:
    rule = redirect()
    del rule["ref"]
    (stored,) = cloud.cloudflare.post(RULESETS, json=ruleset(rule)).json()["result"]["rules"]
    assert stored["ref"] == stored["id"]


def test_a_second_ruleset_of_a_phase_conflicts(cloud: Cloud) -> None:
    made(cloud)
    response = cloud.cloudflare.post(RULESETS, json=ruleset(redirect(), name="another"))
    assert refused(response) == (400, 20217)
    assert response.json()["errors"][0]["source"] == {"pointer": "/kind"}
    assert cloud.cloudflare.post(RULESETS, json=ruleset(rate_limit(), phase="http_ratelimit")).status_code == 200


def test_a_ruleset_made_through_the_entry_point_conflicts_too(cloud: Cloud) -> None:
    entry = f"{RULESETS}/phases/{PHASE}/entrypoint"
    assert refused(cloud.cloudflare.get(entry)) == (404, 10003)
    stored = cloud.cloudflare.put(entry, json={"rules": [redirect()]}).json()["result"]
    assert cloud.cloudflare.get(entry).json()["result"] == stored
    assert refused(cloud.cloudflare.post(RULESETS, json=ruleset(redirect()))) == (400, 20217)
    assert refused(cloud.cloudflare.put(entry, json={"kind": "zone", "rules": []})) == (400, 10026)


def test_a_replacement_versions_the_changed_rules_and_keeps_the_rest(cloud: Cloud) -> None:
    result = made(cloud)
    url = f"{RULESETS}/{result['id']}"
    second = redirect(ref="old", expression='http.host eq "old.prductr.com"')
    cloud.clock.advance(5)
    grown = cloud.cloudflare.put(url, json=ruleset(redirect(), second)).json()["result"]
    assert (grown["version"], grown["rules"][0]) == ("2", result["rules"][0])
    changed = cloud.cloudflare.put(url, json=ruleset(redirect(enabled=False), second)).json()["result"]
    first = changed["rules"][0]
    assert (first["id"], first["version"], first["enabled"]) == (result["rules"][0]["id"], "2", False)
    assert changed["rules"][1] == grown["rules"][1]


def test_phase_and_kind_never_change(cloud: Cloud) -> None:
    result = made(cloud)
    response = cloud.cloudflare.put(f"{RULESETS}/{result['id']}", json=ruleset(phase="http_ratelimit"))
    assert refused(response) == (400, 20010)


def test_a_new_ruleset_can_follow_a_deleted_one(cloud: Cloud) -> None:
    result = made(cloud)
    assert cloud.cloudflare.delete(f"{RULESETS}/{result['id']}").status_code == 204
    assert refused(cloud.cloudflare.get(f"{RULESETS}/{result['id']}")) == (404, 10001)
    assert made(cloud)["id"] != result["id"]


@pytest.mark.parametrize(
    ("rule", "code", "pointer"),
    [
        (redirect(expression=""), 20125, "/expression"),
        (redirect(expression='(http.host eq "a"'), 20127, "/expression"),
        (redirect(expression='http.host eq "a'), 20127, "/expression"),
        (redirect(action="block"), 20119, "/action"),
        (redirect(action_parameters=None), 20044, "/action_parameters/from_value"),
        (redirect(colour="red"), 10026, ""),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(cloud: Cloud, rule: dict[str, Any], code: int, pointer: str) -> None:
    response = cloud.cloudflare.post(RULESETS, json=ruleset(redirect(ref="fine"), rule))
    assert refused(response) == (400, code)
    assert response.json()["errors"][0]["source"] == {"pointer": f"/rules/1{pointer}"}
    assert cloud.cloudflare.get(RULESETS).json()["result"] == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"status_code": 309, "target_url": TARGET}, 20090),
        ({"status_code": 308}, 20091),
        ({"target_url": {"value": "https://a", "expression": '"b"'}}, 20091),
        ({"target_url": {"expression": "concat("}}, 20127),
    ],
)
def test_a_wrong_redirect_is_refused(cloud: Cloud, value: dict[str, Any], code: int) -> None:
    rule = redirect(action_parameters={"from_value": value})
    assert refused(cloud.cloudflare.post(RULESETS, json=ruleset(rule))) == (400, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"period": 61}, 20157), ({"characteristics": ["ip.src"]}, 20156), ({"requests_per_period": 0}, 20158)],
)
def test_a_wrong_rate_limit_is_refused(cloud: Cloud, change: dict[str, object], code: int) -> None:
    wanted = ruleset(rate_limit(**change), phase="http_ratelimit")
    assert refused(cloud.cloudflare.post(RULESETS, json=wanted)) == (400, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"phase": "http_nonsense"}, 20018), ({"kind": "root"}, 20016), ({"name": ""}, 20009), ({"x": 1}, 10026)],
)
def test_a_wrong_ruleset_is_refused(cloud: Cloud, change: dict[str, object], code: int) -> None:
    assert refused(cloud.cloudflare.post(RULESETS, json=ruleset(redirect(), **change))) == (400, code)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"period": 60}, "/rules/0/ratelimit/period"),
        ({"mitigation_timeout": 600}, "/rules/0/ratelimit/mitigation_timeout"),
        ({"characteristics": ["cf.colo.id", "ip.geoip.asnum"]}, "/rules/0/ratelimit"),
    ],
)
def test_a_free_zone_may_count_by_address_in_ten_seconds_alone(
    cloud: Cloud, change: dict[str, object], pointer: str
) -> None:
    response = cloud.cloudflare.post(RULESETS, json=ruleset(rate_limit(**change), phase="http_ratelimit"))
    assert refused(response) == (400, 20120)
    assert response.json()["errors"][0]["source"] == {"pointer": pointer}


def test_a_free_zone_may_match_the_path_alone_and_has_one_rule(cloud: Cloud) -> None:
    by_host = rate_limit() | {"expression": 'http.host eq "echome.prductr.com"'}
    assert refused(cloud.cloudflare.post(RULESETS, json=ruleset(by_host, phase="http_ratelimit"))) == (400, 20120)
    by_path = rate_limit() | {"expression": 'http.request.uri.path ne "/http.host"'}
    two = ruleset(by_path, rate_limit(), phase="http_ratelimit")
    assert refused(cloud.cloudflare.post(RULESETS, json=two)) == (400, 20217)
    assert cloud.cloudflare.post(RULESETS, json=ruleset(by_path, phase="http_ratelimit")).status_code == 200


def test_a_paid_zone_may_do_more(cloud: Cloud) -> None:
    zone = cloud.store.get("cloudflare.zones", ZONE)
    assert zone is not None
    cloud.store.put("cloudflare.zones", ZONE, zone | {"plan": zone["plan"] | {"legacy_id": "pro"}})
    by_host = rate_limit(period=60, mitigation_timeout=60) | {"expression": 'http.host eq "echome.prductr.com"'}
    made = cloud.cloudflare.post(RULESETS, json=ruleset(by_host, rate_limit(), phase="http_ratelimit"))
    assert made.status_code == 200, made.text
