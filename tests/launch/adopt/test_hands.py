"""Obstacles that an adoption removes can be put back, and neither is done twice: both may be repeated after a crash
that lost the response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from contract import resource_types as kinds
from launch.adopt.hands import Hands, HandsError
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud
from vendors import Access
from vendors.adoptable import Obstacle, match
from vendors.existing import Inventory, Wanted

HOST = "conductor.prductr.com"
CONDUCTOR = {"account_id": ACCOUNT, "zone_id": ZONE, "hostname": HOST, "service": "conductor"}
VARIABLE = {"key": "ENABLE_RLS", "sensitive": False, "targets": ["production"]}
Project = Callable[[str], str]
RULESET = {"zone_id": ZONE, "phase": "http_request_dynamic_redirect", "name": "prductr redirects", "kind": "zone"}


def obstacles(access: Access, kind: str, inputs: Mapping[str, object], project: str = "") -> tuple[Obstacle, ...]:
    wanted = Wanted(kind=kind, name="it", inputs=inputs, project=project)
    with Inventory(access, holds_data=lambda _: True, declared=(wanted,)) as inventory:
        return match(inventory, [wanted])[0].obstacles


def back(hands: Hands, one: Obstacle) -> str:
    return hands.give_room_back(one.kind, one.way.value, one.where, one.identifier, one.document)


def test_removing_and_restoring_a_record_or_a_domain_can_be_repeated(
    cloud: Cloud,
    access: Access,
    hands: Hands,
    project: Project,
) -> None:
    body = {"type": "CNAME", "name": HOST, "content": "cname.vercel-dns.com", "proxied": True, "ttl": 1}
    cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=body).raise_for_status()
    holder = project("prductr-com")
    cloud.vercel.post(f"/v10/projects/{holder}/domains", json={"name": HOST}).raise_for_status()
    there = obstacles(access, kinds.WORKERS_CUSTOM_DOMAIN, CONDUCTOR)
    assert len(there) == 2
    for one in (*there, *there):
        hands.make_room(one)
    assert obstacles(access, kinds.WORKERS_CUSTOM_DOMAIN, CONDUCTOR) == ()
    for one in (*there, *there):
        assert back(hands, one) == ""
    again = obstacles(access, kinds.WORKERS_CUSTOM_DOMAIN, CONDUCTOR)
    assert [(each.what, each.document) for each in again] == [(each.what, each.document) for each in there]


def test_a_variable_is_narrowed_with_its_value_and_widened_again(
    cloud: Cloud,
    access: Access,
    hands: Hands,
    project: Project,
) -> None:
    holder = project("prductr-com")
    every = ["production", "preview", "development"]
    body = {"key": "ENABLE_RLS", "value": "a-value", "type": "encrypted", "target": every}
    made = cloud.vercel.post(f"/v10/projects/{holder}/env", json=body).json()["created"]["id"]
    (one,) = obstacles(access, kinds.VERCEL_VARIABLE, VARIABLE, "prductr-com")
    hands.make_room(one)
    stored = cloud.store.get("vercel.env", made)
    assert stored is not None
    assert (sorted(stored["target"]), stored["value"]) == (["development", "preview"], "a-value")
    assert obstacles(access, kinds.VERCEL_VARIABLE, VARIABLE, "prductr-com") == ()
    assert back(hands, one) == ""
    stored = cloud.store.get("vercel.env", made)
    assert stored is not None
    assert (sorted(stored["target"]), stored["value"]) == (sorted(every), "a-value")


def test_a_ruleset_comes_back_with_its_rules_unless_another_took_its_place(
    cloud: Cloud,
    access: Access,
    hands: Hands,
) -> None:
    target = {"from_value": {"status_code": 301, "target_url": {"value": "https://blog.example.com"}}}
    rule = {"expression": '(http.request.uri.path eq "/blog")', "action": "redirect", "action_parameters": target}
    body = {"name": "default", "kind": "zone", "phase": RULESET["phase"], "rules": [rule]}
    cloud.cloudflare.post(f"/zones/{ZONE}/rulesets", json=body).raise_for_status()
    (one,) = obstacles(access, kinds.RULESET, RULESET)
    hands.make_room(one)
    hands.make_room(one)
    for _ in range(2):
        assert back(hands, one) == ""
    (again,) = cloud.store.find("cloudflare.rulesets")
    assert again["rules"][0]["action_parameters"] == target


def test_a_value_that_is_stored_nowhere_is_reported_as_lost(
    cloud: Cloud, access: Access, hands: Hands, project: Project
) -> None:
    holder = project("prductr-com")
    body = {"key": "ENABLE_RLS", "value": "a-value", "type": "sensitive", "target": ["production"]}
    cloud.vercel.post(f"/v10/projects/{holder}/env", json=body).raise_for_status()
    (one,) = obstacles(access, kinds.VERCEL_VARIABLE, VARIABLE, "prductr-com")
    hands.make_room(one)
    assert back(hands, one) == "its value was kept nowhere but in the deployments built with it"
    assert cloud.store.find("vercel.env", project_id=holder) == []


def test_a_domain_moves_once_and_from_no_third_project(cloud: Cloud, hands: Hands, project: Project) -> None:
    old, new, third = (project(name) for name in ("prductr-com", "prductr-landing", "elsewhere"))
    cloud.vercel.post(f"/v10/projects/{old}/domains", json={"name": "prductr.com"}).raise_for_status()
    for _ in range(2):
        hands.move("prductr.com", old, new)
        assert hands.holder("prductr.com") == new
    hands.move("prductr.com", new, third)
    with pytest.raises(HandsError, match="neither on"):
        hands.move("prductr.com", old, new)
    assert hands.holder("prductr.com") == third
    hands.vercel.remove_domain(third, "prductr.com")
    hands.move("prductr.com", old, new)
    assert hands.holder("prductr.com") == new
