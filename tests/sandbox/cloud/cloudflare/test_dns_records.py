"""DNS rules that caused failures: a CNAME beside other records, a proxied record with a TTL, a repeated record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.cloud.support import ZONE, Cloud, refused

RECORDS = f"/zones/{ZONE}/dns_records"


def create(cloud: Cloud, **fields: object) -> httpx.Response:
    return cloud.cloudflare.post(RECORDS, json={"ttl": 1, **fields})


def created(cloud: Cloud, **fields: object) -> dict[str, Any]:
    response = create(cloud, **fields)
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()["result"]
    return result


def test_a_record_is_made_read_replaced_changed_and_deleted(cloud: Cloud) -> None:
    made = created(cloud, type="A", name="dashboard", content="76.76.21.21", comment="by hand", proxied=False)
    assert (made["name"], made["proxied"], made["proxiable"], made["ttl"]) == ("dashboard.prductr.com", False, True, 1)
    assert "zone_id" not in made
    url = f"{RECORDS}/{made['id']}"
    assert cloud.cloudflare.get(url).json()["result"] == made

    cloud.clock.advance(60)
    wanted = {
        "type": "A",
        "name": "dashboard.prductr.com",
        "content": "192.0.2.7",
        "ttl": 300,
        "settings": {},
        "tags": [],
    }
    replaced = cloud.cloudflare.put(url, json=wanted).json()["result"]
    assert (replaced["content"], replaced["ttl"], replaced["comment"]) == ("192.0.2.7", 300, None)
    assert replaced["created_on"] == made["created_on"] < replaced["modified_on"]

    changed = cloud.cloudflare.patch(url, json={"comment": "kept the rest"}).json()["result"]
    assert (changed["content"], changed["ttl"], changed["comment"]) == ("192.0.2.7", 300, "kept the rest")

    assert cloud.cloudflare.delete(url).json()["result"] == {"id": made["id"]}
    assert refused(cloud.cloudflare.get(url)) == (404, 81044)
    assert refused(cloud.cloudflare.delete(url)) == (404, 81044)
    assert refused(cloud.cloudflare.put(url, json=wanted)) == (404, 81044)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("@", "prductr.com"),
        ("prductr.com", "prductr.com"),
        ("WWW", "www.prductr.com"),
        ("a.b.prductr.com.", "a.b.prductr.com"),
        ("other.example", "other.example.prductr.com"),
        ("*", "*.prductr.com"),
        ("_dmarc", "_dmarc.prductr.com"),
        ("notprductr.com", "notprductr.com.prductr.com"),
    ],
)
def test_names_are_completed_with_the_zone(cloud: Cloud, name: str, full: str) -> None:
    assert created(cloud, type="TXT", name=name, content='"v"')["name"] == full


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "A", "content": "256.1.1.1"}, 9005),
        ({"type": "A", "content": "2001:db8::1"}, 9005),
        ({"type": "AAAA", "content": "192.0.2.1"}, 9006),
        ({"type": "CNAME", "content": "https://cname.vercel-dns.com"}, 9007),
        ({"type": "CNAME", "content": "76.76.21.21"}, 9007),
        ({"type": "CNAME", "content": "x.prductr.com"}, 9039),
        ({"type": "MX", "content": "192.0.2.1", "priority": 10}, 9009),
        ({"type": "MX", "content": "mail.example.com"}, 9102),
        ({"type": "TXT", "content": ""}, 9100),
        ({"type": "TXT", "content": "x" * 2049}, 9100),
        ({"type": "SPF", "content": "x"}, 1004),
        ({"type": "A", "content": "192.0.2.1", "ttl": 59}, 9021),
        ({"type": "A", "content": "192.0.2.1", "ttl": 86401}, 9021),
        ({"type": "A", "content": "192.0.2.1", "ttl": True}, 9021),
        ({"type": "A", "content": "192.0.2.1", "ttl": 300, "proxied": True}, 9021),
        ({"type": "TXT", "content": "x", "proxied": True}, 9004),
        ({"type": "A", "content": "127.0.0.1", "proxied": True}, 9003),
        ({"type": "A", "content": "192.0.2.1", "name": "a b"}, 9000),
        ({"type": "A", "content": "192.0.2.1", "name": ""}, 9000),
        ({"type": "A", "content": "192.0.2.1", "comment": "x" * 101}, 9200),
    ],
)
def test_a_wrong_record_is_refused_and_not_stored(cloud: Cloud, fields: dict[str, object], code: int) -> None:
    assert refused(create(cloud, **{"name": "x", **fields})) == (400, code)
    assert cloud.cloudflare.get(RECORDS).json()["result"] == []


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (("A", "192.0.2.1"), ("A", "192.0.2.1"), 81058),
        (("A", "192.0.2.1"), ("CNAME", "x.example"), 81053),
        (("CNAME", "x.example"), ("A", "192.0.2.1"), 81054),
        (("CNAME", "x.example"), ("CNAME", "y.example"), 81053),
        (("CNAME", "x.example"), ("TXT", "v"), 81054),
    ],
)
def test_records_that_cannot_share_a_name_conflict(
    cloud: Cloud, first: tuple[str, str], second: tuple[str, str], code: int
) -> None:
    created(cloud, name="x", type=first[0], content=first[1])
    assert refused(create(cloud, name="x", type=second[0], content=second[1])) == (400, code)
    assert len(cloud.cloudflare.get(RECORDS).json()["result"]) == 1


def test_several_addresses_may_share_a_name(cloud: Cloud) -> None:
    for content in ("192.0.2.1", "192.0.2.2"):
        created(cloud, name="x", type="A", content=content)
    created(cloud, name="x", type="AAAA", content="2001:DB8:0::1")
    contents = [record["content"] for record in cloud.cloudflare.get(RECORDS).json()["result"]]
    assert contents == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]


def test_a_change_into_a_conflict_is_refused(cloud: Cloud) -> None:
    created(cloud, name="x", type="A", content="192.0.2.1")
    other = created(cloud, name="y", type="CNAME", content="z.example")
    response = cloud.cloudflare.patch(f"{RECORDS}/{other['id']}", json={"name": "x"})
    assert refused(response) == (400, 81053)
    assert cloud.cloudflare.get(f"{RECORDS}/{other['id']}").json()["result"]["name"] == "y.prductr.com"


def test_a_record_may_be_replaced_by_itself(cloud: Cloud) -> None:
    made = created(cloud, name="x", type="CNAME", content="z.example")
    same = {"type": "CNAME", "name": "x", "content": "z.example", "ttl": 1}
    assert cloud.cloudflare.put(f"{RECORDS}/{made['id']}", json=same).status_code == 200


def test_a_list_is_filtered_sorted_and_paged(cloud: Cloud) -> None:
    for number in (3, 1, 2):
        created(cloud, name=f"n{number}", type="A", content=f"192.0.2.{number}")
    created(cloud, name="n1", type="TXT", content='"v"')
    created(cloud, name="p", type="A", content="192.0.2.1", proxied=True)

    def listed(**query: str) -> list[str]:
        answer = cloud.cloudflare.get(RECORDS, params=query).json()
        return [f"{record['type']} {record['name'].split('.')[0]}" for record in answer["result"]]

    assert listed(name="n1.prductr.com") == ["A n1", "TXT n1"]
    assert listed(name="n1.prductr.com", type="TXT") == ["TXT n1"]
    assert listed(name="n1.prductr.com", proxied="true", match="any") == ["A n1", "TXT n1", "A p"]
    assert listed(**{"name.startswith": "n", "type": "A", "order": "name", "direction": "desc"}) == [
        "A n3",
        "A n2",
        "A n1",
    ]
    assert listed(content="192.0.2.1") == ["A n1", "A p"]
    second = cloud.cloudflare.get(RECORDS, params={"per_page": "2", "page": "2"}).json()
    assert second["result_info"] == {"page": 2, "per_page": 2, "count": 2, "total_count": 5, "total_pages": 3}


@pytest.fixture
def listed(cloud: Cloud) -> Callable[..., list[str]]:
    """Return the first labels of the records that a query finds; there are three records."""
    created(cloud, name="One", type="A", content="192.0.2.1", comment="Kept by hand", proxied=True)
    created(cloud, name="two", type="CNAME", content="cname.Example.com")
    created(cloud, name="three", type="TXT", content='"v=spf1 -all"', comment="mail")

    def query(**filters: str) -> list[str]:
        answer = cloud.cloudflare.get(RECORDS, params=filters)
        assert answer.status_code == 200, answer.text
        return [record["name"].split(".")[0] for record in answer.json()["result"]]

    return query


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name.exact": "ONE.prductr.com"}, ["one"]),
        ({"name.contains": "T"}, ["one", "two", "three"]),
        ({"name.startswith": "T"}, ["two", "three"]),
        ({"name.endswith": "e.prductr.com"}, ["one", "three"]),
        ({"content.exact": "CNAME.example.com"}, ["two"]),
        ({"content.contains": "SPF"}, ["three"]),
        ({"content.startswith": "192."}, ["one"]),
        ({"content.endswith": ".COM"}, ["two"]),
        ({"comment": "MAIL"}, ["three"]),
        ({"comment.exact": "mail"}, ["three"]),
        ({"comment.contains": "BY"}, ["one"]),
        ({"comment.startswith": "kept"}, ["one"]),
        ({"comment.endswith": "L"}, ["three"]),
        ({"comment.present": ""}, ["one", "three"]),
        ({"comment.absent": ""}, ["two"]),
        ({"proxied": "true"}, ["one"]),
        ({"search": "example"}, ["two"]),
        ({"search": "HAND"}, ["one"]),
        ({"search": "prductr"}, ["one", "two", "three"]),
        ({"search": "nowhere"}, []),
        ({"type": "A", "comment.exact": "mail", "match": "all"}, []),
        ({"type": "A", "comment.exact": "mail", "match": "any"}, ["one", "three"]),
        ({"type": "A", "comment.exact": "mail", "match": "any", "search": "spf"}, ["three"]),
        ({"search": "spf", "match": "any"}, ["three"]),
        ({"order": "type"}, ["one", "two", "three"]),
        ({"order": "content", "direction": "desc"}, ["two", "one", "three"]),
        ({"order": "name", "direction": "asc"}, ["one", "three", "two"]),
    ],
)
def test_every_filter_finds_the_matching_records(
    listed: Callable[..., list[str]], filters: dict[str, str], names: list[str]
) -> None:
    assert listed(**filters) == names


@pytest.mark.parametrize(
    "query",
    [
        {"nmae": "one.prductr.com"},
        {"comment.contain": "x"},
        {"tag.present": "x"},
        {"tag_match": "any"},
        {"match": "some"},
        {"order": "comment"},
        {"direction": "up"},
        {"proxied": "yes"},
        {"type": "SPF"},
    ],
)
def test_an_unknown_filter_is_refused_not_ignored(cloud: Cloud, query: dict[str, str]) -> None:
    created(cloud, name="one", type="A", content="192.0.2.1")
    answer = cloud.cloudflare.get(RECORDS, params=query)
    assert refused(answer) == (400, 1004)
    assert next(iter(query)) in answer.json()["errors"][0]["message"]


def test_zones_refuse_an_unknown_filter_too(cloud: Cloud) -> None:
    assert refused(cloud.cloudflare.get("/zones", params={"nmae": "prductr.com"})) == (400, 1004)
    assert refused(cloud.cloudflare.get("/zones", params={"search": "prductr"})) == (400, 1004)


def test_a_record_with_fields_of_its_own_keeps_them(cloud: Cloud) -> None:
    data = {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}
    made = created(cloud, name="@", type="CAA", data=data)
    assert (made["content"], made["data"]) == ('0 issue "letsencrypt.org"', data)


def test_a_mail_exchanger_keeps_its_priority(cloud: Cloud) -> None:
    made = created(cloud, name="@", type="MX", content="mx.example.com", priority=10)
    assert (made["priority"], made["content"]) == (10, "mx.example.com")
    changed = cloud.cloudflare.patch(f"{RECORDS}/{made['id']}", json={"content": "mx2.example.com"}).json()["result"]
    assert changed["priority"] == 10
