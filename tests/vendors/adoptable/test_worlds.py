"""Odd productions, each adopted or refused with a clear reason, against the vendors' simulated APIs.

Prevents: a random choice between two policies, a variable of previews that loses its value, a domain of another
team that is mistaken for a new one, a second and empty database beside the live one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract import resource_types as kinds
from tests.sandbox.cloud.conftest import _running, cloud  # noqa: F401 -- fixtures
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud
from tests.sandbox.providers.support import Vendor
from vendors import Access
from vendors.adoptable import Match, Other, Way, match, others
from vendors.existing import Inventory, Wanted

APEX = {"zone_id": ZONE, "name": "prductr.com", "type": "A", "content": "76.76.21.21", "proxied": False}
SPF = {"zone_id": ZONE, "name": "prductr.com", "type": "TXT", "content": '"v=spf1 mx -all"'}
DMARC = {"zone_id": ZONE, "name": "_dmarc.prductr.com", "type": "TXT", "content": '"v=DMARC1; p=none"'}
CONDUCTOR = {"account_id": ACCOUNT, "zone_id": ZONE, "hostname": "conductor.prductr.com", "service": "conductor"}
DASHBOARD = "prductr-com"
VARIABLE = {"key": "ENABLE_RLS", "sensitive": False, "targets": ["production"]}
DATABASE = {
    "org_id": "org-1",
    "name": "prductr",
    "region_id": "aws-eu-central-1",
    "pg_version": 18,
    "branch": {"name": "main", "database_name": "neondb", "role_name": "neondb_owner"},
}

Look = Callable[..., tuple[Match, list[Other]]]


def wanted(kind: str, inputs: dict[str, Any], project: str = "") -> Wanted:
    return Wanted(kind=kind, name="it", inputs=inputs, project=project)


@pytest.fixture
def look(cloud: Cloud) -> Look:  # noqa: F811 -- the fixture
    """Finds the match of one resource, and the resources beside it."""
    credentials = cloud.home.credentials
    access = Access(
        cloudflare_url=f"{cloud.url}/client/v4",
        cloudflare_token=credentials.cloudflare_api_token,
        vercel_url=f"{cloud.url}/vercel",
        vercel_token=credentials.vercel_api_token,
        vercel_team="hhnn",
        neon_url=f"{cloud.url}/neon/api/v2",
        neon_key=credentials.neon_api_key,
    )

    def find(kind: str, inputs: dict[str, Any], project: str = "", *more: Wanted) -> tuple[Match, list[Other]]:
        one = wanted(kind, inputs, project)
        with Inventory(access, holds_data=lambda _: True, declared=(one, *more)) as inventory:
            matches = match(inventory, [one])
            return matches[0], others(inventory, matches)

    return find


def record(cloud: Cloud, kind: str, content: str, *, name: str = "prductr.com", **more: object) -> str:  # noqa: F811
    body = {"type": kind, "name": name, "content": content, "ttl": 1} | more
    answer = cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["result"]["id"])


def project(cloud: Cloud, name: str = DASHBOARD, **fields: object) -> str:  # noqa: F811
    answer = cloud.vercel.post("/v11/projects", json={"name": name.lower()})
    assert answer.is_success, answer.text
    made = str(answer.json()["id"])
    stored = cloud.store.get("vercel.projects", made)
    assert stored is not None
    cloud.store.put("vercel.projects", made, stored | {"name": name} | fields)
    return made


def variable(cloud: Cloud, holder: str, kind: str, *targets: str) -> str:  # noqa: F811
    body = {"key": "ENABLE_RLS", "value": "a-value-that-counts", "type": kind, "target": list(targets)}
    answer = cloud.vercel.post(f"/v10/projects/{holder}/env", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["created"]["id"])


def attach(cloud: Cloud, holder: str, host: str) -> None:  # noqa: F811
    answer = cloud.vercel.post(f"/v10/projects/{holder}/domains", json={"name": host})
    assert answer.is_success, answer.text


def test_two_spf_records_are_both_named_and_none_is_chosen(cloud: Cloud, look: Look) -> None:  # noqa: F811
    made = {record(cloud, "TXT", '"v=spf1 mx -all"'), record(cloud, "TXT", '"v=SPF1 include:a.example -all"')}
    record(cloud, "TXT", '"some-verification=1"')
    found, _ = look(kinds.DNS_RECORD, SPF)
    assert {each.identifier for each in found.candidates} == made
    assert (found.ambiguous, found.adopted) == (True, None)


def test_one_spf_record_is_adopted_whatever_it_says(cloud: Cloud, look: Look) -> None:  # noqa: F811
    made = record(cloud, "TXT", '"v=spf1 include:a.example ?all"')
    found, beside = look(kinds.DNS_RECORD, SPF)
    assert found.adopted is not None
    assert found.adopted.import_id == f"{ZONE}/{made}"
    assert (found.obstacles, beside) == ((), [])


def test_a_wildcard_record_is_left_alone_and_reported_to_answer_for_other_names(cloud: Cloud, look: Look) -> None:  # noqa: F811
    record(cloud, "CNAME", "elsewhere.example.com", name="*.prductr.com")
    found, beside = look(kinds.DNS_RECORD, APEX)
    assert (found.candidates, found.obstacles) == ((), ())
    (wild,) = beside
    assert wild.what == "DNS record CNAME *.prductr.com (elsewhere.example.com)"
    assert "every name that has no record of its own" in wild.effect


def test_a_proxied_apex_is_adopted_and_reported_as_proxied(cloud: Cloud, look: Look) -> None:  # noqa: F811
    made = record(cloud, "A", "76.76.21.21", proxied=True)
    found, _ = look(kinds.DNS_RECORD, APEX)
    assert found.adopted is not None
    assert (found.adopted.identifier, found.adopted.what) == (made, "DNS record A prductr.com (76.76.21.21, proxied)")


def test_two_addresses_of_the_apex_are_ambiguous_and_one_of_another_type_is_in_the_way(
    cloud: Cloud,  # noqa: F811
    look: Look,
) -> None:
    record(cloud, "A", "76.76.21.21")
    stray = record(cloud, "AAAA", "2001:db8::1")
    found, _ = look(kinds.DNS_RECORD, APEX)
    (one,) = found.obstacles
    assert found.adopted is not None
    assert (one.identifier, one.way, one.consent, one.visible) == (stray, Way.REMOVE, True, True)
    assert one.document == {"type": "AAAA", "name": "prductr.com", "content": "2001:db8::1", "ttl": 1, "proxied": False}
    record(cloud, "A", "198.51.100.7")
    assert look(kinds.DNS_RECORD, APEX)[0].ambiguous


def test_a_delegated_policy_is_removed_only_with_a_persons_consent(cloud: Cloud, look: Look) -> None:  # noqa: F811
    record(cloud, "CNAME", "dmarc.provider.example", name="_dmarc.prductr.com")
    (one,) = look(kinds.DNS_RECORD, DMARC)[0].obstacles
    assert (one.way, one.consent) == (Way.REMOVE, True)
    assert "_dmarc.prductr.com (dmarc.provider.example)" in one.what


def test_the_looping_record_needs_no_consent_and_its_domain_is_detached(cloud: Cloud, look: Look) -> None:  # noqa: F811
    record(cloud, "CNAME", "cname.vercel-dns.com", name="conductor.prductr.com", proxied=True)
    holder = project(cloud)
    attach(cloud, holder, "conductor.prductr.com")
    looping, attached = look(kinds.WORKERS_CUSTOM_DOMAIN, CONDUCTOR)[0].obstacles
    assert (looping.kind, looping.way, looping.consent) == ("record", Way.REMOVE, False)
    assert "only loops" in looping.why
    assert (attached.way, attached.where, attached.document) == (
        Way.DETACH,
        holder,
        {"name": "conductor.prductr.com"},
    )


def test_a_record_that_works_in_the_place_of_a_worker_needs_consent(cloud: Cloud, look: Look) -> None:  # noqa: F811
    record(cloud, "A", "198.51.100.7", name="conductor.prductr.com", proxied=True)
    (one,) = look(kinds.WORKERS_CUSTOM_DOMAIN, CONDUCTOR)[0].obstacles
    assert one.consent


def test_a_ruleset_of_the_phase_can_be_recreated_from_the_kept_document(cloud: Cloud, look: Look) -> None:  # noqa: F811
    target = {"from_value": {"status_code": 301, "target_url": {"value": "https://blog.example.com"}}}
    rule = {"expression": '(http.request.uri.path eq "/blog")', "action": "redirect", "action_parameters": target}
    body = {"name": "default", "kind": "zone", "phase": "http_request_dynamic_redirect", "rules": [rule]}
    made = cloud.cloudflare.post(f"/zones/{ZONE}/rulesets", json=body).json()["result"]["id"]
    inputs = {"zone_id": ZONE, "phase": body["phase"], "name": "prductr redirects", "kind": "zone"}
    (one,) = look(kinds.RULESET, inputs)[0].obstacles
    assert (one.consent, one.visible) == (True, True)
    cloud.cloudflare.delete(f"/zones/{ZONE}/rulesets/{made}").raise_for_status()
    again = cloud.cloudflare.post(f"/zones/{ZONE}/rulesets", json=one.document)
    assert again.is_success, again.text
    assert again.json()["result"]["rules"][0]["action_parameters"] == target
    assert look(kinds.RULESET, {**inputs, "name": "default"})[0].adopted is not None


def test_a_project_is_found_regardless_of_case(cloud: Cloud, look: Look) -> None:  # noqa: F811
    made = project(cloud, "Prductr-Com")
    attach(cloud, made, "dashboard.prductr.com")
    found, _ = look(kinds.VERCEL_PROJECT, {"name": DASHBOARD})
    assert found.adopted is not None
    assert (found.adopted.import_id, found.adopted.what) == (made, "Vercel project Prductr-Com")
    domain, _ = look(kinds.VERCEL_DOMAIN, {"domain": "dashboard.prductr.com"}, DASHBOARD)
    assert domain.adopted is not None
    assert domain.adopted.import_id == f"{made}/dashboard.prductr.com"


def test_a_variable_of_all_three_targets_keeps_the_others_with_its_value(cloud: Cloud, look: Look) -> None:  # noqa: F811
    holder = project(cloud)
    made = variable(cloud, holder, "encrypted", "production", "preview", "development")
    (one,) = look(kinds.VERCEL_VARIABLE, VARIABLE, DASHBOARD)[0].obstacles
    assert (one.way, one.identifier, one.where) == (Way.NARROW, made, holder)
    assert one.document["rest"] == ["development", "preview"]
    assert "a-value-that-counts" not in str(one)


@pytest.mark.parametrize(("kind", "adopted"), [("encrypted", True), ("sensitive", False), ("plain", False)])
def test_a_variable_of_production_is_adopted_unless_its_type_differs(
    cloud: Cloud,  # noqa: F811
    look: Look,
    kind: str,
    adopted: bool,
) -> None:
    holder = project(cloud)
    made = variable(cloud, holder, kind, "production")
    found, _ = look(kinds.VERCEL_VARIABLE, VARIABLE, DASHBOARD)
    if adopted:
        assert found.adopted is not None
        assert found.adopted.import_id == f"{holder}/{made}"
    else:
        (one,) = found.obstacles
        assert (one.way, bool(one.lost)) == (Way.REMOVE, True)
    assert "a-value-that-counts" not in str(found)


def test_a_variable_of_previews_alone_is_left_alone(cloud: Cloud, look: Look) -> None:  # noqa: F811
    variable(cloud, project(cloud), "encrypted", "preview")
    domain = wanted(kinds.VERCEL_DOMAIN, {"domain": "dashboard.prductr.com"}, DASHBOARD)
    found, beside = look(kinds.VERCEL_VARIABLE, VARIABLE, DASHBOARD, domain)
    assert (found.candidates, found.obstacles) == ((), ())
    assert [each.what for each in beside] == ["variable ENABLE_RLS (preview)"]


def test_a_domain_of_another_project_of_the_team_moves(cloud: Cloud, look: Look) -> None:  # noqa: F811
    holder = project(cloud)
    attach(cloud, holder, "prductr.com")
    (one,) = look(kinds.VERCEL_DOMAIN, {"domain": "prductr.com"}, "prductr-landing")[0].obstacles
    assert (one.way, one.where) == (Way.MOVE, holder)
    assert one.document == {"name": "prductr.com", "from": DASHBOARD, "to": "prductr-landing"}


def test_a_domain_that_another_team_holds_is_not_mistaken_for_a_new_one(cloud: Cloud, look: Look) -> None:  # noqa: F811
    project(cloud)
    record(cloud, "A", "76.76.21.21")
    apex = wanted(kinds.DNS_RECORD, APEX)
    found, _ = look(kinds.VERCEL_DOMAIN, {"domain": "prductr.com"}, DASHBOARD, apex)
    (one,) = found.obstacles
    assert (one.way, one.consent, one.identifier) == (Way.ACCEPT, True, "prductr.com")
    assert "another team may hold it" in one.why


def test_a_domain_that_was_never_proved_is_refused_with_the_record_that_proves_it(cloud: Cloud, look: Look) -> None:  # noqa: F811
    holder = project(cloud)
    attach(cloud, holder, "prductr.com")
    (stored,) = cloud.store.find("vercel.project_domains", name="prductr.com")
    proof = {"type": "TXT", "domain": "_vercel.prductr.com", "value": "vc-domain-verify=prductr.com,abc", "reason": "x"}
    cloud.store.put("vercel.project_domains", stored["_id"], stored | {"verified": False, "verification": [proof]})
    (refusal,) = look(kinds.VERCEL_DOMAIN, {"domain": "prductr.com"}, DASHBOARD)[0].refusals
    assert "make the record TXT _vercel.prductr.com vc-domain-verify=prductr.com,abc" in refusal


def neon(branches: list[dict[str, Any]], *names: str, organization: tuple[str, ...] = ()) -> Vendor:
    server = Vendor()
    made = [
        {**{key: DATABASE[key] for key in ("region_id", "pg_version")}, "name": name, "id": f"late-moon-{number}"}
        for number, name in enumerate(names)
    ]
    server.on("GET /projects?org_id=org-1&limit=100&search=prductr", {"projects": made})
    server.on("GET /projects?org_id=org-1&limit=100", {"projects": [{"name": name} for name in organization]})
    server.on("GET /projects/late-moon-0/branches", {"branches": branches})
    databases = {"databases": [{"name": "neondb", "owner_name": "neondb_owner"}]}
    server.on("GET /projects/late-moon-0/branches/br-1/databases", databases)
    return server


MAIN = {"id": "br-1", "name": "main", "default": True}


@pytest.fixture
def of_neon() -> Iterator[Callable[[Vendor], tuple[Match, list[Other]]]]:
    """Finds the match of the database at this Neon, and the resources beside it."""
    servers: list[Vendor] = []

    def find(server: Vendor) -> tuple[Match, list[Other]]:
        servers.append(server)
        access = Access(cloudflare_token="", vercel_token="", vercel_team="", neon_url=server.base, neon_key="k")
        one = wanted(kinds.NEON_PROJECT, DATABASE)
        with Inventory(access, holds_data=lambda _: True, declared=(one,)) as inventory:
            matches = match(inventory, [one])
            return matches[0], others(inventory, matches)

    yield find
    for server in servers:
        server.stop()


OfNeon = Callable[[Vendor], tuple[Match, list[Other]]]


def test_a_second_branch_with_a_compute_of_its_own_is_left_alone(of_neon: OfNeon) -> None:
    found, (beside,) = of_neon(neon([MAIN, {"id": "br-2", "name": "staging"}], "prductr"))
    assert found.adopted is not None
    assert (found.adopted.import_id, found.refusals) == ("late-moon-0", ())
    assert beside.what == "branch staging of the Neon project late-moon-0"


def test_a_default_branch_named_production_is_refused_with_a_renaming_as_the_remedy(of_neon: OfNeon) -> None:
    found, _ = of_neon(neon([{**MAIN, "name": "production"}], "prductr"))
    (refusal,) = found.refusals
    assert "named 'production': rename it to 'main' at Neon" in refusal


def test_two_neon_projects_of_one_name_are_ambiguous(of_neon: OfNeon) -> None:
    found, _ = of_neon(neon([MAIN], "prductr", "prductr"))
    assert found.ambiguous


def test_no_empty_project_is_created_unasked_beside_projects_of_other_names(of_neon: OfNeon) -> None:
    (one,) = of_neon(neon([MAIN], organization=("prductr-live",)))[0].obstacles
    assert (one.way, one.consent, one.identifier) == (Way.ACCEPT, True, "new-database")
    assert "'prductr-live'" in one.why
    found, _ = of_neon(neon([MAIN]))
    assert found.obstacles == ()


def test_a_match_survives_its_way_through_json(cloud: Cloud, look: Look) -> None:  # noqa: F811
    attach(cloud, project(cloud), "prductr.com")
    record(cloud, "A", "76.76.21.21")
    for found in (
        look(kinds.VERCEL_DOMAIN, {"domain": "prductr.com"}, "prductr-landing")[0],
        look(kinds.DNS_RECORD, APEX)[0],
    ):
        assert Match.of(found.document()) == found
