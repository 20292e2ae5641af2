"""Undeclared additions are named. Prevents: a second address that takes half of the visitors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.resource_types import (
    DNS_RECORD,
    RULESET,
    VERCEL_DOMAIN,
    VERCEL_PROJECT,
    VERCEL_VARIABLE,
    WEB_ANALYTICS_SITE,
    WORKERS_SCRIPT,
)
from contract.resource_types import WORKERS_CUSTOM_DOMAIN as DOMAIN_OF_WORKER
from launch.strangers import Stranger, strangers
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud
from vendors import Access

APEX = "prductr.com"
WORKER_HOST = "echome.prductr.com"
ABSENT = "conductor.prductr.com"


def record(cloud: Cloud, kind: str, name: str, content: str, **more: object) -> str:
    body = {"type": kind, "name": name, "content": content, "ttl": 300, **more}
    answer = cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=body)
    answer.raise_for_status()
    return str(answer.json()["result"]["id"])


class Declared:
    """A small launch in the clouds, and its state in a stack."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.resources: list[dict[str, Any]] = []
        for kind, name, content, more in (
            ("A", APEX, "76.76.21.21", {}),
            ("TXT", APEX, '"v=spf1 mx ~all"', {}),
            ("MX", APEX, "mail.example.com", {"priority": 10}),
        ):
            outputs = {"zoneId": ZONE, "name": name, "type": kind, "content": content}
            self._add(DNS_RECORD, record(cloud, kind, name, content, **more), **outputs)
        self._add(DOMAIN_OF_WORKER, "x", zoneId=ZONE, hostname=WORKER_HOST)
        project = cloud.vercel.post("/v11/projects", json={"name": "landing", "framework": "nextjs"}).json()["id"]
        cloud.vercel.post(f"/v10/projects/{project}/domains", json={"name": APEX}).raise_for_status()
        self.project = project
        self.variable("DECLARED", "production")
        self._add(VERCEL_PROJECT, project, name="landing")
        self._add(VERCEL_DOMAIN, "x", projectId=project, domain=APEX)
        self._add(VERCEL_VARIABLE, "x", projectId=project, key="DECLARED")

    def _add(self, type_: str, id_: str, **outputs: str) -> None:
        self.resources.append({"type": type_, "id": id_, "custom": True, "outputs": outputs})

    def variable(self, key: str, *targets: str) -> None:
        body = {"key": key, "value": "a", "type": "encrypted", "target": list(targets)}
        self.cloud.vercel.post(f"/v10/projects/{self.project}/env", json=body).raise_for_status()

    def look(self, **changes: str) -> tuple[list[Stranger], list[str]]:
        credentials = self.cloud.home.credentials
        access: dict[str, str] = {
            "cloudflare_url": f"{self.cloud.url}/client/v4",
            "cloudflare_token": credentials.cloudflare_api_token,
            "vercel_url": f"{self.cloud.url}/vercel",
            "vercel_token": credentials.vercel_api_token,
            "vercel_team": "hhnn",
            "neon_key": credentials.neon_api_key,
        }
        return strangers(self.resources, Access(**(access | changes)), absent=[ABSENT])

    def found(self, *, harmless: bool = False) -> list[Stranger]:
        """Return the additions that affect declared resources; with `harmless` the others."""
        found, unchecked = self.look()
        assert unchecked == []
        return [each for each in found if each.harmless is harmless]

    def script(self, name: str) -> None:
        """Upload a Worker that nobody declared."""
        files = {
            "metadata": ("metadata", json.dumps({"main_module": "w.mjs"}), "application/json"),
            "w.mjs": ("w.mjs", "export default {fetch: () => new Response('other')}", "application/javascript+module"),
        }
        self.cloud.cloudflare.put(f"/accounts/{ACCOUNT}/workers/scripts/{name}", files=files).raise_for_status()


@pytest.fixture
def declared(cloud: Cloud) -> Declared:
    return Declared(cloud)


def test_declared_and_harmless_resources_are_no_strangers(declared: Declared) -> None:
    record(declared.cloud, "TXT", APEX, '"google-site-verification=abc"')
    record(declared.cloud, "A", f"blog.{APEX}", "198.51.100.7")
    record(declared.cloud, "TXT", f"blog.{APEX}", '"v=spf1 -all"')
    declared.variable("FOR_PREVIEWS", "preview")
    assert declared.found() == []


def test_a_harmless_addition_is_an_orphan_with_its_place(declared: Declared) -> None:
    declared._add(WORKERS_SCRIPT, "echome", scriptName="echome", accountId=ACCOUNT)
    record(declared.cloud, "TXT", APEX, '"google-site-verification=abc"')
    record(declared.cloud, "A", f"blog.{APEX}", "198.51.100.7")
    declared.script("other")
    host = {"hostname": f"other.{APEX}", "service": "other", "zone_id": ZONE, "environment": "production"}
    declared.cloud.cloudflare.put(f"/accounts/{ACCOUNT}/workers/domains", json=host).raise_for_status()
    declared.cloud.vercel.post("/v11/projects", json={"name": "another"}).raise_for_status()
    sites = f"/accounts/{ACCOUNT}/rum/site_info"
    declared.cloud.cloudflare.post(sites, json={"host": f"blog.{APEX}", "auto_install": False}).raise_for_status()
    assert declared.found() == []
    named = " | ".join(f"{each.beside}: {each.what}" for each in declared.found(harmless=True))
    for part in (
        "google-site",
        f"blog.{APEX}: A",
        "Worker other",
        f"domain other.{APEX}",
        "project another",
        "Web Anal",
    ):
        assert part in named, part
    assert all(not each.security and each.effect for each in declared.found(harmless=True))


def test_a_worker_on_a_host_that_must_be_absent_is_named(declared: Declared) -> None:
    declared._add(WORKERS_SCRIPT, "echome", scriptName="echome", accountId=ACCOUNT)
    declared.script("other")
    host = {"hostname": ABSENT, "service": "other", "zone_id": ZONE, "environment": "production"}
    declared.cloud.cloudflare.put(f"/accounts/{ACCOUNT}/workers/domains", json=host).raise_for_status()
    assert (ABSENT, "answers for a host that must be absent") in [
        (each.beside, each.effect) for each in declared.found()
    ]


def test_a_second_analytics_site_of_a_declared_host_is_named_and_the_declared_one_is_not(declared: Declared) -> None:
    sites = f"/accounts/{ACCOUNT}/rum/site_info"
    body = {"host": APEX, "auto_install": False}
    first = declared.cloud.cloudflare.post(sites, json=body).json()["result"]["site_tag"]
    declared._add(WEB_ANALYTICS_SITE, first, siteTag=first, host=APEX, accountId=ACCOUNT)
    assert declared.found() == []
    second = declared.cloud.cloudflare.post(sites, json=body).json()["result"]["site_tag"]
    (found,) = declared.found()
    assert second in found.what


@pytest.mark.parametrize(
    ("pattern", "status", "named"),
    [
        (f"{APEX}/*", "active", [APEX]),
        (f"https://*.{APEX}/*", "active", [ABSENT, WORKER_HOST]),
        (f"blog.{APEX}/*", "active", []),
        (f"{APEX}/*", "disabled", []),
    ],
)
def test_a_page_rule_that_matches_a_declared_host_is_named(
    declared: Declared, pattern: str, status: str, named: list[str]
) -> None:
    target = {"target": "url", "constraint": {"operator": "matches", "value": pattern}}
    action = {"id": "forwarding_url", "value": {"url": "https://evil.example/", "status_code": 302}}
    body = {"targets": [target], "actions": [action], "status": status}
    declared.cloud.cloudflare.post(f"/zones/{ZONE}/pagerules", json=body).raise_for_status()
    found = declared.found()
    assert sorted(each.beside for each in found) == named
    assert all("forwarding_url" in each.what for each in found)


@pytest.mark.parametrize(
    ("kind", "name", "content", "more", "effect"),
    [
        ("A", APEX, "198.51.100.7", {}, "visitors"),
        ("AAAA", APEX, "2001:db8::7", {}, "visitors"),
        ("HTTPS", APEX, "", {"data": {"priority": 1, "target": ".", "value": 'alpn="h2"'}}, "visitors"),
        ("TXT", APEX, '"V=SPF1 include:evil.example ~all"', {}, "second SPF policy"),
        ("MX", APEX, "mail.evil.example", {"priority": 1}, "mail"),
        ("CAA", APEX, "", {"data": {"flags": 0, "tag": "issue", "value": "ca.example"}}, "certificates"),
        ("A", ABSENT, "198.51.100.7", {}, "visitors"),
        ("A", f"*.{APEX}", "198.51.100.7", {}, "must be absent"),
    ],
)
def test_a_record_beside_the_declared_is_named_with_its_effect(
    declared: Declared, kind: str, name: str, content: str, more: dict[str, Any], effect: str
) -> None:
    id_ = record(declared.cloud, kind, name, content, **more)
    (found,) = declared.found()
    assert (found.vendor, found.beside) == ("Cloudflare", name)
    assert id_ in found.what
    assert effect in found.effect


def test_a_route_of_a_worker_in_front_of_a_declared_host_is_named(declared: Declared) -> None:
    declared.script("other")
    route = {"pattern": f"*.{APEX}/*", "script": "other"}
    declared.cloud.cloudflare.post(f"/zones/{ZONE}/workers/routes", json=route).raise_for_status()
    found = declared.found()
    assert {each.beside for each in found} == {WORKER_HOST, ABSENT}
    assert all("Worker other" in each.what for each in found)


def test_undeclared_rules_are_named_and_declared_ones_are_not(declared: Declared) -> None:
    target = {"target_url": {"value": "https://evil.example/"}, "status_code": 302}
    rule = {"action": "redirect", "expression": "true", "action_parameters": {"from_value": target}}
    body = {"name": "by hand", "kind": "zone", "phase": "http_request_dynamic_redirect", "rules": [rule]}
    answer = declared.cloud.cloudflare.post(f"/zones/{ZONE}/rulesets", json=body)
    answer.raise_for_status()
    (found,) = declared.found()
    assert "http_request_dynamic_redirect" in found.what
    declared._add(RULESET, answer.json()["result"]["id"], zoneId=ZONE)
    assert declared.found() == []


@pytest.mark.parametrize(("key", "security"), [("DATABASE_URL", False), ("CONDUCTOR_AUTH_BYPASS", True)])
def test_a_variable_that_production_gets_is_named(declared: Declared, key: str, security: bool) -> None:
    declared.variable(key, "production", "preview")
    (found,) = declared.found()
    assert (found.vendor, found.beside, found.security) == ("Vercel", "landing", security)
    assert key in found.what


def test_a_domain_that_the_project_serves_as_well_is_named(declared: Declared) -> None:
    path = f"/v10/projects/{declared.project}/domains"
    declared.cloud.vercel.post(path, json={"name": "phish.example"}).raise_for_status()
    (found,) = declared.found()
    assert found.what == "domain phish.example"


def test_a_vendor_that_refuses_access_is_not_checked_and_hides_nothing_of_the_other(declared: Declared) -> None:
    declared.variable("DATABASE_URL", "production")
    found, unchecked = declared.look(cloudflare_token="x" * 40)
    assert [each.vendor for each in found] == ["Vercel"]
    assert len(unchecked) == 1
    assert "Cloudflare refuses access" in unchecked[0]
