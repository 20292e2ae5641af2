"""The calls that the official Cloudflare plugin makes, and no others.

Prevents: an attached provider that passes on the sandbox because it makes a call that the real plugin never makes.
"""

from __future__ import annotations

import json

import pytest

from sandbox.providers.core.values import UNKNOWN, Secret
from tests.sandbox.providers.support import Answer, Call, FailedError, Provider, Vendor

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
SCRIPT = "cloudflare:index/workersScript:WorkersScript"
DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
ROUTE = "cloudflare:index/workersRoute:WorkersRoute"
TRIGGER = "cloudflare:index/workersCronTrigger:WorkersCronTrigger"
SITE = "cloudflare:index/webAnalyticsSite:WebAnalyticsSite"
RULESET = "cloudflare:index/ruleset:Ruleset"
SUBDOMAIN = "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain"

ZONE = "/client/v4/zones/Z"
ACCOUNT = "/client/v4/accounts/A"


def test_a_record_is_posted_once_put_whole_and_deleted(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"zoneId": "Z", "name": "www", "type": "CNAME", "ttl": 300, "content": "a.example", "comment": "why"}
    answer = {"id": "R", "name": "www.example.com", "content": "a.example", "proxied": False, "ttl": 300, "meta": {}}
    vendor.on(f"POST {ZONE}/dns_records", {"result": {**answer, "created_on": "2026-01-01T00:00:00Z"}})
    identifier, state = cloudflare.create(RECORD, inputs)
    sent = {"content": "a.example", "name": "www", "ttl": 300, "type": "CNAME", "proxied": False, "comment": "why"}
    assert vendor.taken() == [Call("POST", f"{ZONE}/dns_records", sent)]
    assert identifier == "R"
    assert (state["name"], state["createdOn"], state["meta"]) == ("www", "2026-01-01T00:00:00Z", "{}")

    vendor.on(f"PUT {ZONE}/dns_records/R", {"result": {**answer, "content": "b.example"}})
    cloudflare.update(RECORD, "R", state, {**inputs, "content": "b.example"})
    [call] = vendor.taken()
    assert call.line == f"PUT {ZONE}/dns_records/R"
    off = {"flatten_cname": False, "ipv4_only": False, "ipv6_only": False}
    assert call.body == {**sent, "content": "b.example", "settings": off, "tags": []}

    vendor.on(f"DELETE {ZONE}/dns_records/R", {"result": {"id": "R"}})
    cloudflare.delete(RECORD, "R", state)
    assert vendor.lines() == [f"DELETE {ZONE}/dns_records/R"]


def test_a_record_that_is_not_a_cname_repeats_empty_settings(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"zoneId": "Z", "name": "x", "type": "TXT", "ttl": 60, "content": '"1"'}
    state = {**inputs, "proxied": False, "createdOn": "then"}
    vendor.on(f"PUT {ZONE}/dns_records/R", {"result": {"id": "R"}})
    cloudflare.update(RECORD, "R", state, {**inputs, "content": '"2"'})
    [call] = vendor.taken()
    assert (call.body["settings"], call.body["tags"]) == ({}, [])


def test_a_preview_of_a_record_makes_no_call_and_knows_the_programs_values(
    cloudflare: Provider, vendor: Vendor
) -> None:
    inputs = {"zoneId": UNKNOWN, "name": "www", "type": "A", "ttl": 1, "content": Secret("192.0.2.1")}
    identifier, state = cloudflare.create(RECORD, inputs, preview=True)
    assert identifier == ""
    assert (state["name"], state["proxied"], state["zoneId"], state["createdOn"]) == ("www", False, UNKNOWN, UNKNOWN)
    assert state["content"] == Secret("192.0.2.1")
    assert vendor.taken() == []


def test_a_proxied_record_with_a_ttl_fails_at_creation_only(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"zoneId": "Z", "name": "www", "type": "A", "ttl": 300, "content": "192.0.2.1", "proxied": True}
    assert cloudflare.check(RECORD, inputs)[1] == []
    with pytest.raises(FailedError, match="ttl must be set to 1 when `proxied` is true"):
        cloudflare.create(RECORD, inputs)
    assert vendor.taken() == []


def test_a_deleted_record_is_reported_as_gone(cloudflare: Provider, vendor: Vendor) -> None:
    vendor.on(f"GET {ZONE}/dns_records/R", Answer({"success": False, "errors": [{"code": 81044}]}, 404))
    vendor.on(f"DELETE {ZONE}/dns_records/R", Answer({"success": False, "errors": []}, 404))
    assert cloudflare.read(RECORD, "R", {"zoneId": "Z"}, {"zoneId": "Z"})[0] == ""
    with pytest.raises(FailedError, match="404 Not Found"):  # like the official plugin
        cloudflare.delete(RECORD, "R", {"zoneId": "Z"})


def test_an_import_takes_the_official_id_and_gives_the_inputs_of_a_program(
    cloudflare: Provider, vendor: Vendor
) -> None:
    answer = {"id": "R", "name": "x.example.com", "type": "A", "content": "192.0.2.1", "ttl": 60, "proxied": False}
    vendor.on(f"GET {ZONE}/dns_records/R", {"result": {**answer, "tags": [], "comment": None, "created_on": "then"}})
    identifier, state, inputs = cloudflare.read(RECORD, "Z/R")
    assert identifier == "R"
    assert inputs == {"zoneId": "Z", "name": "x.example.com", "type": "A", "content": "192.0.2.1", "ttl": 60}
    assert state["createdOn"] == "then"
    with pytest.raises(FailedError, match='expected the format "<zone_id>/<dns_record_id>", got "R"'):
        cloudflare.read(RECORD, "R")


def test_a_zone_setting_is_patched_and_never_deleted(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"zoneId": "Z", "settingId": "ssl", "value": "strict"}
    vendor.on(f"PATCH {ZONE}/settings/ssl", {"result": {"id": "ssl", "value": "strict", "editable": True}})
    identifier, state = cloudflare.create(SETTING, inputs)
    cloudflare.update(SETTING, "ssl", state, {**inputs, "value": "full"})
    cloudflare.delete(SETTING, "ssl", state)
    assert identifier == "ssl"
    path = f"{ZONE}/settings/ssl"
    assert vendor.taken() == [Call("PATCH", path, {"value": "strict"}), Call("PATCH", path, {"value": "full"})]


def test_a_script_is_uploaded_as_a_form_with_its_secrets_in_the_metadata(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {
        "accountId": "A",
        "scriptName": "echo",
        "mainModule": "index.js",
        "content": "export default {}",
        "compatibilityDate": "2026-01-01",
        "bindings": [{"name": "KEY", "type": "secret_text", "text": Secret("marker")}],
    }
    vendor.on(f"PUT {ACCOUNT}/workers/scripts/echo", {"result": {"id": "echo", "etag": "E"}})
    identifier, state = cloudflare.create(SCRIPT, inputs)
    [call] = vendor.taken()
    assert identifier == "echo"
    assert state["bindings"] == [{"name": "KEY", "type": "secret_text", "text": Secret("marker")}]
    assert 'name="index.js"; filename="index.js"\r\nContent-Type: application/javascript+module' in call.body
    metadata = json.loads(call.body.partition('name="metadata"')[2].split("\r\n")[3])
    assert metadata == {
        "bindings": [{"name": "KEY", "type": "secret_text", "text": "marker"}],
        "compatibility_date": "2026-01-01",
        "main_module": "index.js",
        "logpush": False,
        "usage_model": "standard",
    }


def test_a_script_is_read_in_three_pieces_and_keeps_the_secrets_it_knows(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"accountId": "A", "scriptName": "echo", "content": "old", "mainModule": "index.js"}
    state = {**inputs, "bindings": [{"name": "KEY", "type": "secret_text", "text": Secret("marker")}]}
    service = {"default_environment": {"script": {"id": "echo", "etag": "E2", "handlers": ["fetch"]}}}
    vendor.on(f"GET {ACCOUNT}/workers/services/echo", {"result": service})
    bindings = [{"name": "KEY", "type": "secret_text"}, {"name": "OTHER", "type": "secret_text"}]
    settings = {"bindings": bindings, "placement": {}, "usage_model": "standard", "logpush": False}
    vendor.on(f"GET {ACCOUNT}/workers/scripts/echo/settings", {"result": settings})
    form = '--b\r\nContent-Disposition: form-data; name="index.js"\r\n\r\nnew\r\n--b--\r\n'
    kind = {"content-type": "multipart/form-data; boundary=b"}
    vendor.on(f"GET {ACCOUNT}/workers/scripts/echo/content/v2", Answer(form, headers=kind))
    _, read, found = cloudflare.read(SCRIPT, "echo", state, inputs)
    assert vendor.lines() == [
        f"GET {ACCOUNT}/workers/services/echo",
        f"GET {ACCOUNT}/workers/scripts/echo/settings",
        f"GET {ACCOUNT}/workers/scripts/echo/content/v2",
    ]
    assert (read["content"], found["content"], read["etag"]) == ("new", "new", "E2")
    assert read["bindings"] == [{"name": "KEY", "type": "secret_text", "text": Secret("marker")}]
    assert "placement" not in read


def test_a_migration_is_sent_with_every_update_and_the_tag_comes_from_the_answer(
    cloudflare: Provider, vendor: Vendor
) -> None:
    inputs = {
        "accountId": "A",
        "scriptName": "limiter",
        "mainModule": "index.js",
        "content": "export class C {}",
        "bindings": [{"name": "C", "type": "durable_object_namespace", "className": "C"}],
        "migrations": {"newTag": "v1", "newSqliteClasses": ["C"]},
    }
    vendor.on(f"PUT {ACCOUNT}/workers/scripts/limiter", {"result": {"id": "limiter", "migration_tag": "v1"}})
    _, state = cloudflare.create(SCRIPT, inputs)
    cloudflare.update(SCRIPT, "limiter", state, {**inputs, "content": "export class C {} // second"})
    without = {name: value for name, value in inputs.items() if name != "migrations"}
    cloudflare.update(SCRIPT, "limiter", state, without)
    sent = [json.loads(call.body.partition('name="metadata"')[2].split("\r\n")[3]) for call in vendor.taken()]
    assert [one.get("migrations") for one in sent] == [{"new_tag": "v1", "new_sqlite_classes": ["C"]}] * 2 + [None]
    assert sent[0]["bindings"] == [{"name": "C", "type": "durable_object_namespace", "class_name": "C"}]
    assert state["migrationTag"] == "v1"
    assert cloudflare.diff(SCRIPT, state, without, old_inputs=inputs).diffs == ["migrations"]


def test_cron_triggers_are_a_list_that_is_put_and_never_deleted(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"accountId": "A", "scriptName": "upkeep", "schedules": [{"cron": "17 * * * *"}]}
    path = f"{ACCOUNT}/workers/scripts/upkeep/schedules"
    answered = [{"cron": "17 * * * *", "created_on": "then", "modified_on": "then"}]
    vendor.on(f"PUT {path}", {"result": {"schedules": answered}})
    vendor.on(f"GET {path}", {"result": {"schedules": answered}})
    identifier, state = cloudflare.create(TRIGGER, inputs)
    assert (identifier, state["schedules"][0]["createdOn"]) == ("upkeep", "then")
    _, read, found = cloudflare.read(TRIGGER, "upkeep", state, inputs)
    assert cloudflare.diff(TRIGGER, read, inputs, old_inputs=found).changes is False
    cloudflare.update(TRIGGER, "upkeep", state, {**inputs, "schedules": [{"cron": "0 3 * * *"}]})
    cloudflare.delete(TRIGGER, "upkeep", state)
    assert vendor.taken() == [
        Call("PUT", path, [{"cron": "17 * * * *"}]),
        Call("GET", path, None),
        Call("PUT", path, [{"cron": "0 3 * * *"}]),
    ]


def test_a_custom_domain_is_put_into_the_account_and_never_changed(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"accountId": "A", "zoneId": "Z", "hostname": "echo.example.com", "service": "echo"}
    vendor.on(f"PUT {ACCOUNT}/workers/domains", {"result": {"id": "D", "environment": "production", "cert_id": "C"}})
    identifier, state = cloudflare.create(DOMAIN, inputs)
    body = {"hostname": "echo.example.com", "service": "echo", "zone_id": "Z"}
    assert vendor.taken() == [Call("PUT", f"{ACCOUNT}/workers/domains", body)]
    assert (identifier, state["environment"], state["certId"]) == ("D", "production", "C")
    assert cloudflare.diff(DOMAIN, state, inputs).changes is False
    with pytest.raises(FailedError, match="cannot be changed in place"):
        cloudflare.update(DOMAIN, "D", state, inputs)


def test_routes_subdomains_and_sites_are_made_where_the_plugin_makes_them(cloudflare: Provider, vendor: Vendor) -> None:
    vendor.on(f"POST {ZONE}/workers/routes", {"result": {"id": "W"}})
    vendor.on(
        f"POST {ACCOUNT}/workers/scripts/echo/subdomain", {"result": {"enabled": True, "previews_enabled": False}}
    )
    vendor.on(f"POST {ACCOUNT}/rum/site_info", {"result": {"site_tag": "T", "site_token": "K", "rules": []}})
    route, _ = cloudflare.create(ROUTE, {"zoneId": "Z", "pattern": "example.com/*", "script": "echo"})
    subdomain, _ = cloudflare.create(SUBDOMAIN, {"accountId": "A", "scriptName": "echo", "enabled": True})
    site, state = cloudflare.create(SITE, {"accountId": "A", "host": "example.com", "autoInstall": False})
    assert vendor.taken() == [
        Call("POST", f"{ZONE}/workers/routes", {"pattern": "example.com/*", "script": "echo"}),
        Call("POST", f"{ACCOUNT}/workers/scripts/echo/subdomain", {"enabled": True}),
        Call("POST", f"{ACCOUNT}/rum/site_info", {"host": "example.com", "auto_install": False}),
    ]
    assert (route, subdomain, site) == ("W", "A", "T")
    assert (state["siteTag"], state["siteToken"], state["host"]) == ("T", "K", "example.com")


def test_a_field_that_an_analytics_site_does_not_return_is_no_difference(cloudflare: Provider, vendor: Vendor) -> None:
    inputs = {"accountId": "A", "host": "example.com", "autoInstall": False}
    state = {**inputs, "siteTag": "T", "siteToken": "K"}
    answer = {"site_tag": "T", "site_token": "K", "auto_install": False, "host": "other", "snippet": "<script>"}
    vendor.on(f"GET {ACCOUNT}/rum/site_info/T", {"result": answer})
    _, read, found = cloudflare.read(SITE, "T", state, inputs)
    assert vendor.lines() == [f"GET {ACCOUNT}/rum/site_info/T"]
    assert found == inputs
    assert cloudflare.diff(SITE, read, inputs).changes is False


def test_a_ruleset_is_made_by_post_changed_by_put_and_belongs_to_a_zone_or_an_account(
    cloudflare: Provider, vendor: Vendor
) -> None:
    rule = {"action": "block", "expression": "true", "ref": "r", "enabled": True}
    inputs = {"zoneId": "Z", "name": "n", "kind": "zone", "phase": "http_ratelimit", "rules": [rule]}
    answer = {"id": "S", "version": "1", "rules": [{**rule, "id": "i"}]}
    vendor.on(f"POST {ZONE}/rulesets", {"result": answer})
    vendor.on(f"PUT {ZONE}/rulesets/S", {"result": {**answer, "version": "2"}})
    identifier, state = cloudflare.create(RULESET, inputs)
    sent = {"name": "n", "kind": "zone", "phase": "http_ratelimit", "description": ""}
    rules = [{**rule, "description": "", "action_parameters": {}}]
    assert vendor.taken() == [Call("POST", f"{ZONE}/rulesets", {**sent, "rules": rules})]
    assert (identifier, state["version"], state["rules"][0]["id"]) == ("S", "1", "i")
    assert cloudflare.diff(RULESET, state, inputs).changes is False
    changed = {**inputs, "rules": [{**rule, "expression": "false"}]}
    assert cloudflare.diff(RULESET, state, changed).kinds == {"rules[0].expression": "UPDATE"}
    cloudflare.update(RULESET, "S", state, changed)
    assert vendor.taken()[0].body["rules"][0]["expression"] == "false"

    vendor.on(f"GET {ACCOUNT}/rulesets/S", {"result": answer})
    assert cloudflare.read(RULESET, "accounts/A/S")[1]["accountId"] == "A"
    _, failures = cloudflare.check(RULESET, {**inputs, "accountId": "A"})
    assert 'Exactly one of "accountId" and "zoneId" is required.' in failures[0]


def test_a_zone_is_found_by_its_name_then_read(cloudflare: Provider, vendor: Vendor) -> None:
    zone = {"id": "Z", "name": "example.com", "account": {"id": "A", "name": "n"}, "name_servers": ["ns"], "plan": None}
    listing = "GET /client/v4/zones?account.id=A&match=all&name=example.com"
    vendor.on(listing, {"result": [zone]})
    vendor.on(f"GET {ZONE}", {"result": zone})
    found = cloudflare.invoke(
        "cloudflare:index/getZone:getZone", filter={"name": "example.com", "account": {"id": "A"}}
    )
    assert vendor.lines() == [listing, f"GET {ZONE}"]
    assert (found["id"], found["zoneId"], found["nameServers"]) == ("Z", "Z", ["ns"])
    vendor.on("GET /client/v4/zones?match=all&name=other.com", {"result": []})
    with pytest.raises(FailedError, match="failed to find exactly one result: 0 found"):
        cloudflare.invoke("cloudflare:index/getZone:getZone", filter={"name": "other.com"})


def test_all_pages_of_zones_are_listed(cloudflare: Provider, vendor: Vendor) -> None:
    for page in (1, 2):
        line = f"GET /client/v4/zones?match=all&page={page}&per_page=50"
        vendor.on(line, {"result": [{"id": f"Z{page}"}], "result_info": {"total_pages": 2}})
    found = cloudflare.invoke("cloudflare:index/getZones:getZones")
    assert [zone["id"] for zone in found["results"]] == ["Z1", "Z2"]
