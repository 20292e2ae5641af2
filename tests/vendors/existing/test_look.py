"""Existing resources are distinguished from missing ones, and our own from others', by the vendors' simulated APIs.

Prevents: the adoption of somebody else's record, a database with rows that is mistaken for an empty one, a run that
ends in a conflict for lack of a lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.cloud.conftest import _running, cloud  # noqa: F401 -- fixtures
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud
from tests.sandbox.providers.support import Vendor
from vendors import Access
from vendors.existing import Found, Inventory, Kept, Wanted, look

MARK = "prductr launch stack"
RECORD = {"zone_id": ZONE, "name": "prductr.com", "type": "A", "content": "76.76.21.21", "comment": MARK}
SITE = {"account_id": ACCOUNT, "host": "prductr.com", "auto_install": False}
PROJECT = {
    "name": "prductr-landing",
    "framework": "nextjs",
    "root_directory": "packages/landing",
    "git_repository": {"type": "github", "repo": "habitusnet/prductr-com"},
}
VARIABLE = {"key": "ENABLE_RLS", "sensitive": False, "targets": ["production"], "comment": MARK}
RULES = [{"ref": "www", "expression": "(true)", "action": "redirect", "description": "d", "enabled": True}]
TARGET = {"from_value": {"status_code": 308, "target_url": {"value": "https://prductr.com"}}}
RULESET = {"zone_id": ZONE, "phase": "http_request_dynamic_redirect", "name": "n", "kind": "zone"}

DATABASE = {
    "org_id": "org-1",
    "name": "prductr",
    "region_id": "aws-eu-central-1",
    "pg_version": 18,
    "history_retention_seconds": 21600,
    "branch": {"name": "main", "database_name": "neondb", "role_name": "neondb_owner"},
}


@pytest.fixture
def found(cloud: Cloud) -> Callable[..., Found | None]:  # noqa: F811 -- the fixture
    """Finds the existing match of one resource."""
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

    def find(kind: str, inputs: dict[str, Any], project: str = "", declared: tuple[Wanted, ...] = ()) -> Found | None:
        token = f"{kind.partition(':')[0]}:index/{kind.partition(':')[2][0].lower()}{kind.partition(':')[2][1:]}"
        wanted = Wanted(kind=f"{token}:{kind.partition(':')[2]}", name="it", inputs=inputs, project=project)
        with Inventory(access, holds_data=lambda _: True, declared=(wanted, *declared)) as inventory:
            some, errors = look(inventory, [wanted])
        assert errors == []
        return some[0] if some else None

    return find


Find = Callable[..., Found | None]


def record(cloud: Cloud, **changes: object) -> str:  # noqa: F811
    body = {key: value for key, value in RECORD.items() if key != "zone_id"} | {"ttl": 300} | changes
    answer = cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["result"]["id"])


def test_a_record_that_is_the_same_and_bears_the_mark_is_ours(cloud: Cloud, found: Find) -> None:  # noqa: F811
    assert found("cloudflare:DnsRecord", RECORD) is None
    made = record(cloud)
    one = found("cloudflare:DnsRecord", RECORD)
    assert one is not None
    assert (one.ours, one.import_id) == (True, f"{ZONE}/{made}")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"comment": ""}, {}),
        ({"content": "198.51.100.7"}, {}),
        ({"type": "AAAA", "content": "2001:db8::1"}, {}),
        ({"type": "CNAME", "content": "example.com"}, {}),
        ({"type": "TXT", "content": '"v=spf1 -all"'}, {"type": "TXT", "content": '"v=spf1 mx -all"'}),
        ({"type": "MX", "content": "mail.example.com", "priority": 5}, {"type": "MX", "content": "mx.example.com"}),
    ],
)
def test_a_record_that_would_answer_in_its_place_or_beside_it_is_anothers(
    cloud: Cloud,  # noqa: F811
    found: Find,
    changes: dict[str, object],
    wanted: dict[str, object],
) -> None:
    record(cloud, **changes)
    one = found("cloudflare:DnsRecord", RECORD | wanted)
    assert one is not None
    assert not one.ours


def test_records_that_can_coexist_are_no_obstacle(cloud: Cloud, found: Find) -> None:  # noqa: F811
    record(cloud, type="TXT", content='"google-site-verification=x"')
    record(cloud, name="other")
    assert found("cloudflare:DnsRecord", RECORD) is None
    spf = RECORD | {"type": "TXT", "content": '"v=spf1 -all"'}
    assert found("cloudflare:DnsRecord", spf) is None


def test_a_record_that_the_program_declares_is_no_stranger(cloud: Cloud, found: Find) -> None:  # noqa: F811
    first = RECORD | {"type": "MX", "content": "mx1.example.com"}
    record(cloud, type="MX", content="mx1.example.com", priority=10)
    kind = "cloudflare:index/dnsRecord:DnsRecord"
    declared = (Wanted(kind=kind, name="mx-0", inputs=first),)
    second = RECORD | {"type": "MX", "content": "mx2.example.com"}
    assert found("cloudflare:DnsRecord", second, declared=declared) is None
    assert found("cloudflare:DnsRecord", second) is not None


def test_a_ruleset_of_the_phase_is_ours_only_with_our_rules(cloud: Cloud, found: Find) -> None:  # noqa: F811
    rules = [{**RULES[0], "action_parameters": TARGET}]
    assert found("cloudflare:Ruleset", {**RULESET, "rules": rules}) is None
    made = cloud.cloudflare.post(
        f"/zones/{ZONE}/rulesets", json={"name": "n", "kind": "zone", "phase": RULESET["phase"], "rules": rules}
    )
    assert made.is_success, made.text
    one = found("cloudflare:Ruleset", {**RULESET, "rules": rules})
    assert one is not None
    assert (one.ours, one.import_id) == (True, f"zones/{ZONE}/{made.json()['result']['id']}")
    other = found("cloudflare:Ruleset", {**RULESET, "rules": [{**rules[0], "expression": "(false)"}]})
    assert other is not None
    assert other.differs == ("has another rules",)


def test_repeatedly_created_sites_are_the_first_and_its_copies(cloud: Cloud, found: Find) -> None:  # noqa: F811
    assert found("cloudflare:WebAnalyticsSite", SITE) is None
    tags = []
    for _ in range(3):
        made = cloud.cloudflare.post(f"/accounts/{ACCOUNT}/rum/site_info", json={"host": "prductr.com"})
        tags.append(made.json()["result"]["site_tag"])
        cloud.clock.advance(5)
    one = found("cloudflare:WebAnalyticsSite", SITE)
    assert one is not None
    assert (one.ours, one.import_id, one.copies) == (True, f"{ACCOUNT}/{tags[0]}", tuple(tags[1:]))
    cloud.clock.advance(86_400)
    cloud.cloudflare.post(f"/accounts/{ACCOUNT}/rum/site_info", json={"host": "prductr.com"})
    late = found("cloudflare:WebAnalyticsSite", SITE)
    assert late is not None
    assert late.differs == ("is one of 4 of this host",)


def test_a_host_that_a_record_has_is_not_free_for_a_worker(cloud: Cloud, found: Find) -> None:  # noqa: F811
    wanted = {"account_id": ACCOUNT, "zone_id": ZONE, "hostname": "echome.prductr.com", "service": "echome"}
    assert found("cloudflare:WorkersCustomDomain", wanted) is None
    record(cloud, name="echome", type="CNAME", content="example.com")
    one = found("cloudflare:WorkersCustomDomain", wanted)
    assert one is not None
    assert not one.ours


def vercel(cloud: Cloud, method: str, path: str, **body: object) -> Any:  # noqa: ANN401, F811 -- JSON
    answer = cloud.vercel.request(method, path, json=body or None)
    assert answer.is_success, answer.text
    return answer.json()


def test_a_bare_project_is_ours_and_one_with_anything_in_it_is_not(cloud: Cloud, found: Find) -> None:  # noqa: F811
    assert found("vercel:Project", PROJECT) is None
    made = vercel(
        cloud,
        "POST",
        "/v9/projects",
        name=PROJECT["name"],
        framework="nextjs",
        rootDirectory=PROJECT["root_directory"],
        gitRepository=PROJECT["git_repository"],
    )
    one = found("vercel:Project", PROJECT)
    assert one is not None
    assert (one.ours, one.import_id) == (True, made["id"])
    other = found("vercel:Project", PROJECT | {"root_directory": "elsewhere"})
    assert other is not None
    assert other.differs == ("has another folder",)
    body = {"key": "A", "value": "1", "type": "encrypted", "target": ["production"]}
    vercel(cloud, "POST", f"/v10/projects/{made['id']}/env", **body)
    full = found("vercel:Project", PROJECT)
    assert full is not None
    assert full.differs == ("has variables already",)


def test_a_variable_is_ours_by_its_comment(cloud: Cloud, found: Find) -> None:  # noqa: F811
    assert found("vercel:ProjectEnvironmentVariable", VARIABLE, "site") is None
    vercel(cloud, "POST", "/v9/projects", name="site")
    body = {"key": "ENABLE_RLS", "value": "true", "type": "encrypted", "target": ["production"]}
    made = vercel(cloud, "POST", "/v10/projects/site/env", **body, comment=MARK)["created"]
    one = found("vercel:ProjectEnvironmentVariable", VARIABLE, "site")
    assert one is not None
    assert (one.ours, one.import_id.rpartition("/")[2]) == (True, made["id"])
    assert found("vercel:ProjectEnvironmentVariable", VARIABLE | {"targets": ["preview"]}, "site") is None
    vercel(cloud, "PATCH", f"/v9/projects/site/env/{made['id']}", comment="by hand")
    hand = found("vercel:ProjectEnvironmentVariable", VARIABLE, "site")
    assert hand is not None
    assert hand.differs == ("has another comment",)


def test_a_domain_of_another_project_is_anothers(cloud: Cloud, found: Find) -> None:  # noqa: F811
    for name in ("mine", "theirs"):
        vercel(cloud, "POST", "/v9/projects", name=name)
    assert found("vercel:ProjectDomain", {"domain": "prductr.com"}, "mine") is None
    vercel(cloud, "POST", "/v10/projects/theirs/domains", name="prductr.com")
    other = found("vercel:ProjectDomain", {"domain": "prductr.com"}, "mine")
    assert other is not None
    assert other.differs == ("belongs to the Vercel project theirs",)
    mine = found("vercel:ProjectDomain", {"domain": "prductr.com"}, "theirs")
    assert mine is not None
    assert mine.ours


def test_a_deployment_cannot_be_adopted_and_is_recreated(cloud: Cloud, found: Find) -> None:  # noqa: F811
    repository = {"type": "github", "repo": "habitusnet/prductr-com"}
    vercel(cloud, "POST", "/v9/projects", name="site", gitRepository=repository)
    assert found("vercel:Deployment", {}, "site") is None
    source = {"type": "github", "org": "habitusnet", "repo": "prductr-com", "ref": "main"}
    body = {"name": "site", "project": "site", "target": "production", "gitSource": source}
    vercel(cloud, "POST", "/v13/deployments", **body, meta={"environment": "f" * 16})
    one = found("vercel:Deployment", {}, "site")
    assert one is not None
    assert one.kept is Kept.REMADE


@pytest.fixture
def neon() -> Iterator[Vendor]:
    """A Neon with one project, as the program makes it."""
    server = Vendor()
    project = {name: DATABASE[name] for name in ("name", "region_id", "pg_version", "history_retention_seconds")}
    listed = {"projects": [{**project, "id": "late-moon-1", "created_at": "2026-03-01T12:00:00Z"}]}
    server.on("GET /projects?org_id=org-1&limit=100&search=prductr", listed)
    server.on("GET /projects/late-moon-1/branches", {"branches": [{"id": "br", "name": "main", "default": True}]})
    databases = {"databases": [{"name": "neondb", "owner_name": "neondb_owner"}]}
    server.on("GET /projects/late-moon-1/branches/br/databases", databases)
    uri = "GET /projects/late-moon-1/connection_uri?database_name=neondb&role_name=neondb_owner"
    server.on(uri, {"uri": "postgresql://late"})
    yield server
    server.stop()


def broken(_: str) -> bool:
    raise OSError("the compute does not wake")


@pytest.mark.parametrize(
    ("changes", "holds_data", "differs"),
    [
        ({}, lambda _: False, ()),
        ({}, lambda _: True, ("holds data",)),
        ({}, broken, ("cannot be examined, so it may hold data",)),
        ({"pg_version": 17}, lambda _: False, ("has another pg_version",)),
        ({"branch": {"name": "production"}}, lambda _: False, ("has another default branch",)),
        (
            {"branch": {"name": "main", "database_name": "app", "role_name": "neondb_owner"}},
            lambda _: False,
            ("has other databases or owners",),
        ),
    ],
)
def test_a_database_is_ours_only_while_it_is_empty(
    neon: Vendor, changes: dict[str, Any], holds_data: Callable[[str], bool], differs: tuple[str, ...]
) -> None:
    access = Access(cloudflare_token="", vercel_token="", vercel_team="", neon_url=neon.base, neon_key="k")
    wanted = Wanted(kind="neon:index/project:Project", name="it", inputs=DATABASE | changes)
    with Inventory(access, holds_data=holds_data) as inventory:
        (one,), errors = look(inventory, [wanted])
    assert (one.differs, one.import_id, errors) == (differs, "late-moon-1", [])


def test_a_vendor_that_refuses_is_an_error_and_not_an_empty_vendor(neon: Vendor) -> None:
    access = Access(cloudflare_token="", vercel_token="", vercel_team="", neon_url=neon.base, neon_key="k")
    wanted = Wanted(kind="neon:index/project:Project", name="it", inputs=DATABASE | {"org_id": "org-2"})
    with Inventory(access, holds_data=lambda _: False) as inventory:
        found, errors = look(inventory, [wanted])
    assert found == []
    assert [error.vendor for error in errors] == ["Neon"]
