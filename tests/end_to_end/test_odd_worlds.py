"""Productions that are unlike the scenario: what nobody thought of is adopted, left alone, or refused in words.

Prevents: an adoption that was tried on one world only. The matcher's own cases are in tests/vendors/adoptable; a branch
named `production`, roles of other applications and a half-finished adoption are in test_takeover.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from launch.stack import Stack
from sandbox.processes import processes
from sandbox.state.store import Store
from tests.end_to_end.adoption_kills import started
from tests.end_to_end.takeover import OLD, Production
from tests.end_to_end.world import new_sandbox, run

Document = dict[str, Any]
APEX = "prductr.com"
WILDCARD = "198.51.100.9"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One production, made odd in two ways, one after the other."""

    production: Production
    refused: Document
    """The plan with two SPF records, and with an apex that another team holds."""
    untouched: bool
    planned: Document
    """The plan of what can be adopted: a wildcard record, a proxied apex, a project in capitals, and more."""
    variable: str
    """The value of the variable of all three targets, before."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("odd")
    environment = new_sandbox(folder / "sandbox") | {"LAUNCH_SANDBOX_SCENARIO": "production"}
    try:
        run(sys.executable, "-m", "launch", "sandbox", "start", environment=environment)
        production = started(folder)
        variable = production.variable("NEON_AUTH_BASE_URL")
        refused, untouched = with_two_policies_and_a_strange_apex(production)
        furnish(production)
        planned = production.adopt("plan")
        production.adopt("apply")
        yield Seen(production=production, refused=refused, untouched=untouched, planned=planned, variable=variable)
    finally:
        run(sys.executable, "-m", "launch", "down", environment=environment)
        assert processes.family(folder / "sandbox") == []


def with_two_policies_and_a_strange_apex(production: Production) -> tuple[Document, bool]:
    """The plan of such a production, which is then put right, and whether an apply changed nothing."""
    launch, zone = production.launch, production.launch.zone()
    made = launch.cloudflare(
        "POST", f"/zones/{zone}/dns_records", name=APEX, type="TXT", content='"v=spf1 -all"', ttl=3600
    )
    (attached,) = production.stored("vercel.project_domains", name=APEX)
    with closing(Store(launch.home.store_path)) as store:
        store.delete("vercel.project_domains", attached["_id"])
    other = held_by_another_stack(production, launch.records()["dashboard.prductr.com", "CNAME"])
    before = launch.changes()
    refused = production.adopt("apply", code=2)
    untouched = launch.changes() == before
    with closing(Store(launch.home.store_path)) as store:
        store.put("vercel.project_domains", attached["_id"], attached)
    launch.cloudflare("DELETE", f"/zones/{zone}/dns_records/{made['id']}")
    other.rewrite(lambda deployment: {**deployment, "resources": []})
    other.remove()
    return refused, untouched


def held_by_another_stack(production: Production, record: str) -> Stack:
    """Return a stack of the same project whose state has this DNS record."""
    other = Stack(name="staging", environment=production.launch.environment())
    other.create()
    of_stack = "urn:pulumi:staging::prductr-launch::"
    type_, provider = "cloudflare:index/dnsRecord:DnsRecord", "pulumi:providers:cloudflare"
    resources = [
        {
            "urn": f"{of_stack}pulumi:pulumi:Stack::prductr-launch-staging",
            "type": "pulumi:pulumi:Stack",
            "custom": False,
        },
        {"urn": f"{of_stack}{provider}::default", "type": provider, "custom": True, "id": "7b1f", "outputs": {}},
        {
            "urn": f"{of_stack}{type_}::dns-dashboard",
            "type": type_,
            "custom": True,
            "id": record,
            "outputs": {},
            "provider": f"{of_stack}{provider}::default::7b1f",
        },
    ]
    other.rewrite(lambda deployment: {**deployment, "resources": resources})
    return other


def furnish(production: Production) -> None:
    launch, zone = production.launch, production.launch.zone()
    apex = launch.records()[APEX, "A"]
    launch.cloudflare("POST", f"/zones/{zone}/dns_records", name=f"*.{APEX}", type="A", content=WILDCARD, ttl=300)
    launch.cloudflare("PATCH", f"/zones/{zone}/dns_records/{apex}", proxied=True)
    (variable,) = production.stored("vercel.env", key="NEON_AUTH_BASE_URL")
    everywhere = ["production", "preview", "development"]
    launch.vercel("PATCH", f"/v9/projects/{OLD}/env/{variable['id']}", target=everywhere)
    (project,) = launch.projects()
    staging = {"name": "staging"}
    launch.neon("POST", f"/projects/{project}/branches", branch=staging, endpoints=[{"type": "read_write"}])
    with closing(Store(launch.home.store_path)) as store:  # the API refuses capitals today, and did not once
        (found,) = store.find("vercel.projects")
        store.put("vercel.projects", found["id"], {**found, "name": "Prductr-COM"})


def rows(document: Document, name: str) -> list[Document]:
    found = [each for each in document["rows"] if each["name"] == name]
    assert found, name
    return found


def changes(document: Document, name: str) -> dict[str, tuple[str, str]]:
    (row,) = rows(document, name)
    assert row["outcome"] == "changed"
    return {each["name"]: (each["before"], each["after"]) for each in row["changes"]}


def test_two_candidates_are_both_named_and_none_is_chosen(seen: Seen) -> None:
    (row,) = rows(seen.refused, "dns-spf")
    assert row["outcome"] == "ambiguous"
    (refusal,) = [each for each in seen.refused["refusals"] if each["subject"] == "dns-spf"]
    assert "v=spf1 -all" in refusal["what"]
    assert "v=spf1 include:_spf.example.com -all" in refusal["what"]
    assert refusal["remedy"]
    assert seen.untouched


def test_a_host_that_another_team_may_hold_is_refused_until_a_person_allows_it(seen: Seen) -> None:
    (refusal,) = [each for each in seen.refused["refusals"] if each["subject"] == "landing-domain"]
    assert "another team may hold it" in refusal["what"]
    assert f"--allow {APEX}" in refusal["remedy"]


def test_what_another_stack_holds_is_refused_by_its_name(seen: Seen) -> None:
    (refusal,) = [each for each in seen.refused["refusals"] if each["subject"] == "dns-dashboard"]
    assert "staging" in refusal["what"]
    assert refusal["remedy"]


def test_what_differs_is_adopted_with_its_difference_named(seen: Seen) -> None:
    assert seen.planned["refusals"] == []
    assert changes(seen.planned, "dns-apex")["proxied"] == ("true", "false")
    assert changes(seen.planned, "dashboard-project")["name"] == ('"Prductr-COM"', '"prductr-com"')
    (project,) = rows(seen.planned, "database-project")
    assert project["outcome"] == "adopted"


def test_a_variable_of_all_targets_keeps_its_value_for_the_others(seen: Seen) -> None:
    found = {
        tuple(sorted(each["target"])): each for each in seen.production.stored("vercel.env", key="NEON_AUTH_BASE_URL")
    }
    assert set(found) == {("development", "preview"), ("production",)}
    assert found["development", "preview"]["value"] == seen.variable


def test_what_is_nobodys_business_is_left_alone(seen: Seen) -> None:
    left = [each["reason"] for each in seen.planned["rows"] if each["outcome"] == "left alone"]
    assert any("keeps answering for every name that has no record of its own" in each for each in left), left
    assert any("stays as it is, with its computes" in each for each in left), left
    records = seen.production.stored("cloudflare.dns_records", name=f"*.{APEX}")
    assert [each["content"] for each in records] == [WILDCARD]
    assert {each["name"] for each in seen.production.stored("neon.branches")} == {"main", "staging"}


def test_after_it_nothing_is_left_to_do(seen: Seen) -> None:
    seen.production.pulumi("preview", "--expect-no-changes")
