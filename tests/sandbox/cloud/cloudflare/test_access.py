"""A wrong token, account or zone is refused with Cloudflare's own codes, as for a misconfigured launch."""

from __future__ import annotations

import pytest

from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud, refused

FOREIGN_ACCOUNT = "a" * 32
FOREIGN_ZONE = "b" * 32


@pytest.fixture
def foreign(cloud: Cloud) -> Cloud:
    """Another customer's zone, which exists too and to which the token has no access."""
    own = cloud.store.get("cloudflare.zones", ZONE)
    assert own is not None
    zone = own | {"id": FOREIGN_ZONE, "name": "other.example", "account": {"id": FOREIGN_ACCOUNT, "name": "other"}}
    cloud.store.put("cloudflare.zones", FOREIGN_ZONE, zone)
    return cloud


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (400, 9106)),
        ("Bearer short", (400, 6003)),
        ("Basic " + "x" * 40, (400, 6003)),
        ("Bearer " + "x" * 40, (403, 9109)),
    ],
)
def test_a_bad_credential_is_refused(cloud: Cloud, header: str | None, expected: tuple[int, int]) -> None:
    headers = {"authorization": header} if header else {}
    assert refused(cloud.anonymous.get("/client/v4/zones", headers=headers)) == expected


def test_a_malformed_header_names_its_cause(cloud: Cloud) -> None:
    body = cloud.anonymous.get("/client/v4/zones", headers={"authorization": "Bearer no"}).json()
    assert body["errors"][0]["error_chain"] == [
        {"code": 6111, "message": "Invalid format for Authorization header"},
    ]
    assert (body["success"], body["result"]) == (False, None)


def test_the_token_can_be_verified(cloud: Cloud) -> None:
    verified = cloud.cloudflare.get("/user/tokens/verify").json()
    assert verified["result"]["status"] == "active"
    assert verified["messages"][0]["code"] == 10000
    wrong = {"authorization": "Bearer " + "x" * 40}
    assert refused(cloud.anonymous.get("/client/v4/user/tokens/verify", headers=wrong)) == (401, 1000)


def test_the_zone_is_found_by_name_and_account(cloud: Cloud) -> None:
    found = cloud.cloudflare.get("/zones", params={"name": "prductr.com", "account.id": ACCOUNT, "match": "all"}).json()
    assert [zone["id"] for zone in found["result"]] == [ZONE]
    assert found["result_info"] == {"page": 1, "per_page": 20, "count": 1, "total_count": 1, "total_pages": 1}
    zone = cloud.cloudflare.get(f"/zones/{ZONE}").json()["result"]
    assert (zone["name"], zone["status"], zone["account"]["id"]) == ("prductr.com", "active", ACCOUNT)
    assert zone["name_servers"] == ["dora.ns.cloudflare.com", "ivan.ns.cloudflare.com"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"name": "prductr.co"}, 0),
        ({"name": "prductr.com", "account.id": FOREIGN_ACCOUNT, "match": "all"}, 0),
        ({"name": "prductr.com", "account.id": FOREIGN_ACCOUNT, "match": "any"}, 1),
        ({"page": "2"}, 0),
    ],
)
def test_filters_of_zones_are_honoured(cloud: Cloud, query: dict[str, str], count: int) -> None:
    found = cloud.cloudflare.get("/zones", params=query).json()
    assert (len(found["result"]), found["result_info"]["count"]) == (count, count)


def test_another_customers_zone_is_neither_listed_nor_read_nor_changed(foreign: Cloud) -> None:
    api = foreign.cloudflare
    assert [zone["id"] for zone in api.get("/zones").json()["result"]] == [ZONE]
    assert refused(api.get(f"/zones/{FOREIGN_ZONE}")) == (403, 9109)
    record = {"type": "A", "name": "x", "content": "192.0.2.1", "ttl": 1}
    assert refused(api.post(f"/zones/{FOREIGN_ZONE}/dns_records", json=record)) == (403, 10000)
    assert refused(api.patch(f"/zones/{FOREIGN_ZONE}/settings/ssl", json={"value": "off"})) == (403, 10000)
    assert foreign.store.find("cloudflare.dns_records") == []


def test_another_customers_account_is_refused(foreign: Cloud) -> None:
    api = foreign.cloudflare
    assert refused(api.get(f"/accounts/{FOREIGN_ACCOUNT}")) == (403, 9109)
    assert refused(api.get(f"/accounts/{FOREIGN_ACCOUNT}/workers/scripts")) == (403, 10000)
    assert refused(api.post(f"/accounts/{FOREIGN_ACCOUNT}/rum/site_info", json={"host": "x.example"})) == (403, 10000)
    assert [account["id"] for account in api.get("/accounts").json()["result"]] == [ACCOUNT]
    assert api.get(f"/accounts/{ACCOUNT}").json()["result"]["name"] == "habitusnet"


def test_a_malformed_identifier_has_no_route(cloud: Cloud) -> None:
    assert refused(cloud.cloudflare.get("/zones/prductr.com/dns_records")) == (404, 7003)
    assert refused(cloud.cloudflare.get("/zones/../dns_records/x")) == (404, 7003)
    assert refused(cloud.cloudflare.get("/no/such/thing")) == (404, 7003)


def test_an_unknown_method_is_refused(cloud: Cloud) -> None:
    assert refused(cloud.cloudflare.delete(f"/zones/{ZONE}")) == (405, 7001)


def test_a_body_that_is_not_json_is_refused(cloud: Cloud) -> None:
    url = f"/zones/{ZONE}/dns_records"
    headers = {"content-type": "application/json"}
    assert refused(cloud.cloudflare.post(url, content="{", headers=headers)) == (400, 6007)
    assert refused(cloud.cloudflare.post(url, json=["a list"])) == (400, 6007)
    assert refused(cloud.cloudflare.post(url)) == (400, 6007)
