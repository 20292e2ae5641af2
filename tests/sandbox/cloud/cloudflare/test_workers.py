"""A custom domain and a hand-made record for one host exclude each other (100117), and a secret never comes back."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import httpx
import pytest

from tests.sandbox.cloud.cloudflare.uploading import CODE, HOST, SCRIPTS, SECRET, result, upload
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud, refused

DOMAINS = f"/accounts/{ACCOUNT}/workers/domains"
ROUTES = f"/zones/{ZONE}/workers/routes"
RECORDS = f"/zones/{ZONE}/dns_records"


def attach(cloud: Cloud, service: str = "echome", hostname: str = HOST, **more: object) -> httpx.Response:
    return cloud.cloudflare.put(DOMAINS, json={"hostname": hostname, "service": service, "zone_id": ZONE, **more})


def test_a_script_is_uploaded_and_read_as_the_provider_reads_it(cloud: Cloud) -> None:
    made = result(upload(cloud))
    assert (made["id"], made["entry_point"], made["has_modules"]) == ("echome", "main.js", True)
    service = result(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/services/echome"))
    assert service["default_environment"]["script"]["etag"] == made["etag"]
    settings = result(cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"))
    assert settings["placement"] == {}
    assert settings["compatibility_date"] == "2026-01-01"
    assert settings["bindings"] == [
        {"type": "plain_text", "name": "HOST", "text": HOST},
        {"type": "secret_text", "name": "S"},
    ]
    assert [one["id"] for one in result(cloud.cloudflare.get(SCRIPTS))] == ["echome"]


def test_settings_show_only_what_the_upload_named(cloud: Cloud) -> None:
    upload(cloud)
    bare = result(cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"))
    assert not {"observability", "limits", "tags", "cache_options"} & bare.keys()
    named: dict[str, Any] = {"limits": {"cpu_ms": 50}, "observability": {"enabled": True}, "tags": ["launch"]}
    upload(cloud, **named)
    settings = result(cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"))
    assert {key: settings[key] for key in named} == named


def test_the_content_comes_back_as_it_was_sent(cloud: Cloud) -> None:
    code = "// ünïcode\r\n" + CODE
    upload(cloud, code=code)
    answer = cloud.cloudflare.get(f"{SCRIPTS}/echome/content/v2")
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = list(message_from_bytes(head + answer.content, policy=policy.HTTP).iter_parts())
    assert answer.headers["cf-entrypoint"] == "main.js"
    assert [part.get_content_type() for part in parts] == ["application/javascript+module"]
    assert [part.get_payload(decode=True) for part in parts] == [code.encode()]


def test_no_response_contains_the_secret(cloud: Cloud) -> None:
    answers = [
        upload(cloud),
        cloud.cloudflare.get(SCRIPTS),
        cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"),
        cloud.cloudflare.get(f"{SCRIPTS}/echome/content/v2"),
        cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/services/echome"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert not [answer.url for answer in answers if SECRET in answer.text]


def test_an_upload_replaces_bindings_and_keeps_only_those_it_names(cloud: Cloud) -> None:
    first = result(upload(cloud))
    second = result(upload(cloud, bindings=[], keep_bindings=["secret_text"], code=CODE + "//"))
    assert (second["created_on"], second["tag"]) == (first["created_on"], first["tag"])
    assert second["etag"] != first["etag"]
    stored = cloud.store.get("cloudflare.workers_scripts", f"{ACCOUNT}/echome")
    assert stored is not None
    assert stored["bindings"] == [{"type": "secret_text", "name": "S", "text": SECRET}]
    upload(cloud, bindings=[])
    assert result(cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"))["bindings"] == []


@pytest.mark.parametrize("path", ["services/echome", "scripts/echome/settings", "scripts/echome/content/v2"])
def test_an_unknown_worker_is_not_found(cloud: Cloud, path: str) -> None:
    assert refused(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/{path}")) == (404, 10007)


def test_a_custom_domain_makes_its_own_record_and_takes_it_away_again(cloud: Cloud) -> None:
    upload(cloud)
    domain = result(attach(cloud))
    assert (domain["zone_name"], domain["environment"], len(domain["cert_id"])) == ("prductr.com", "production", 32)
    (record,) = result(cloud.cloudflare.get(RECORDS))
    assert (record["type"], record["content"], record["proxied"]) == ("AAAA", "100::", True)
    assert record["meta"]["read_only"] is True
    url = f"{RECORDS}/{record['id']}"
    assert cloud.cloudflare.delete(url).status_code == 400
    assert cloud.cloudflare.patch(url, json={"proxied": False}).status_code == 400
    assert result(cloud.cloudflare.get(f"{DOMAINS}/{domain['id']}")) == domain
    assert cloud.cloudflare.delete(f"{DOMAINS}/{domain['id']}").status_code == 200
    assert result(cloud.cloudflare.get(RECORDS)) == []
    assert refused(cloud.cloudflare.get(f"{DOMAINS}/{domain['id']}")) == (404, 100114)


def test_a_record_of_the_same_name_prevents_a_custom_domain(cloud: Cloud) -> None:
    upload(cloud)
    record = {"type": "CNAME", "name": HOST, "content": "x.example", "ttl": 1}
    made = result(cloud.cloudflare.post(RECORDS, json=record))
    assert refused(attach(cloud)) == (409, 100117)
    assert result(cloud.cloudflare.get(DOMAINS)) == []
    cloud.cloudflare.delete(f"{RECORDS}/{made['id']}")
    assert attach(cloud).status_code == 200


@pytest.mark.parametrize(("kind", "content"), [("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("CNAME", "x.example")])
def test_a_custom_domain_prevents_a_record(cloud: Cloud, kind: str, content: str) -> None:
    upload(cloud)
    attach(cloud)
    record = {"type": kind, "name": HOST, "content": content, "ttl": 1}
    assert refused(cloud.cloudflare.post(RECORDS, json=record)) == (400, 81053)


def test_text_may_stand_beside_a_custom_domain(cloud: Cloud) -> None:
    upload(cloud)
    attach(cloud)
    record = {"type": "TXT", "name": HOST, "content": '"v"', "ttl": 1}
    assert cloud.cloudflare.post(RECORDS, json=record).status_code == 200


def test_attaching_twice_changes_nothing_and_another_worker_needs_an_override(cloud: Cloud) -> None:
    upload(cloud)
    upload(cloud, name="conductor")
    first = result(attach(cloud))
    assert result(attach(cloud)) == first
    assert refused(attach(cloud, service="conductor")) == (409, 100116)
    moved = result(attach(cloud, service="conductor", override_existing_origin=True))
    assert (moved["id"], moved["service"]) == (first["id"], "conductor")
    assert len(result(cloud.cloudflare.get(RECORDS))) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"service": "nobody"}, (404, 10007)),
        ({"hostname": f"{HOST}/*"}, (400, 100113)),
        ({"hostname": "echome.other.example"}, (400, 100112)),
        ({"zone_id": "c" * 32}, (403, 10000)),
    ],
)
def test_a_wrong_custom_domain_is_refused(cloud: Cloud, change: dict[str, Any], expected: tuple[int, int]) -> None:
    upload(cloud)
    assert refused(attach(cloud, **change)) == expected
    assert result(cloud.cloudflare.get(RECORDS)) == []


def test_a_worker_with_a_custom_domain_is_deleted_only_by_force(cloud: Cloud) -> None:
    upload(cloud)
    attach(cloud)
    assert refused(cloud.cloudflare.delete(f"{SCRIPTS}/echome")) == (403, 10064)
    assert cloud.cloudflare.delete(f"{SCRIPTS}/echome", params={"force": "true"}).status_code == 200
    assert refused(cloud.cloudflare.delete(f"{SCRIPTS}/echome")) == (404, 10007)
    assert result(cloud.cloudflare.get(DOMAINS)) == []
    assert result(cloud.cloudflare.get(RECORDS)) == []


def test_domains_are_filtered(cloud: Cloud) -> None:
    upload(cloud)
    domain = result(attach(cloud))
    assert result(cloud.cloudflare.get(DOMAINS, params={"hostname": HOST, "zone_id": ZONE})) == [domain]
    assert result(cloud.cloudflare.get(DOMAINS, params={"service": "conductor"})) == []


def test_a_route_is_unique_and_needs_its_worker(cloud: Cloud) -> None:
    wanted = {"pattern": "prductr.com/api/*", "script": "echome"}
    assert refused(cloud.cloudflare.post(ROUTES, json=wanted)) == (404, 10019)
    upload(cloud)
    route = result(cloud.cloudflare.post(ROUTES, json=wanted))
    assert refused(cloud.cloudflare.post(ROUTES, json=wanted)) == (409, 10020)
    assert refused(cloud.cloudflare.post(ROUTES, json={"pattern": "other.example/*"})) == (400, 10022)
    url = f"{ROUTES}/{route['id']}"
    changed = result(cloud.cloudflare.put(url, json={"pattern": "*.prductr.com/*"}))
    assert result(cloud.cloudflare.get(url)) == changed == {"id": route["id"], "pattern": "*.prductr.com/*"}
    assert result(cloud.cloudflare.delete(url)) == {"id": route["id"]}
    assert refused(cloud.cloudflare.get(url)) == (404, 10009)


def test_the_subdomain_of_a_script_is_switched(cloud: Cloud) -> None:
    url = f"{SCRIPTS}/echome/subdomain"
    assert refused(cloud.cloudflare.get(url)) == (404, 10007)
    upload(cloud)
    assert result(cloud.cloudflare.get(url)) == {"enabled": False, "previews_enabled": False}
    assert result(cloud.cloudflare.post(url, json={"enabled": True})) == {"enabled": True, "previews_enabled": True}
    cloud.cloudflare.delete(url)
    assert result(cloud.cloudflare.get(url))["enabled"] is False
