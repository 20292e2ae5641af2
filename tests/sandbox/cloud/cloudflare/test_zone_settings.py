"""A Flexible zone in front of Vercel loops: settings can be read and changed, and refuse unknown values."""

from __future__ import annotations

import pytest

from tests.sandbox.cloud.support import ZONE, Cloud, refused

SETTINGS = f"/zones/{ZONE}/settings"


def test_a_setting_is_read_and_changed(cloud: Cloud) -> None:
    new = cloud.cloudflare.get(f"{SETTINGS}/ssl").json()["result"]
    assert new == {"id": "ssl", "value": "full", "editable": True, "modified_on": None}
    changed = cloud.cloudflare.patch(f"{SETTINGS}/ssl", json={"value": "strict"}).json()["result"]
    assert changed["value"] == "strict"
    assert changed["modified_on"] == cloud.clock.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert cloud.cloudflare.get(f"{SETTINGS}/ssl").json()["result"] == changed


@pytest.mark.parametrize(
    ("setting", "value"),
    [("always_use_https", "on"), ("min_tls_version", "1.2"), ("ssl_automatic_mode", "custom"), ("tls_1_3", "on")],
)
def test_the_settings_of_the_launch_are_accepted_twice(cloud: Cloud, setting: str, value: str) -> None:
    for _ in range(2):
        response = cloud.cloudflare.patch(f"{SETTINGS}/{setting}", json={"value": value})
        assert (response.status_code, response.json()["result"]["value"]) == (200, value)


@pytest.mark.parametrize(
    ("setting", "body"),
    [
        ("ssl", {"value": "on"}),
        ("ssl", {"value": None}),
        ("ssl", {}),
        ("always_use_https", {"value": True}),
        ("min_tls_version", {"value": 1.2}),
        ("browser_cache_ttl", {"value": 31}),
    ],
)
def test_a_wrong_or_missing_value_is_refused(cloud: Cloud, setting: str, body: dict[str, object]) -> None:
    before = cloud.cloudflare.get(f"{SETTINGS}/{setting}").json()["result"]
    assert refused(cloud.cloudflare.patch(f"{SETTINGS}/{setting}", json=body)) == (400, 1007)
    assert cloud.cloudflare.get(f"{SETTINGS}/{setting}").json()["result"] == before


def test_an_unknown_setting_is_refused(cloud: Cloud) -> None:
    assert refused(cloud.cloudflare.get(f"{SETTINGS}/origin_max_http_version")) == (400, 1006)
    assert refused(cloud.cloudflare.patch(f"{SETTINGS}/nonsense", json={"value": "on"})) == (400, 1006)


def test_a_setting_cannot_be_deleted(cloud: Cloud) -> None:
    assert refused(cloud.cloudflare.delete(f"{SETTINGS}/ssl")) == (405, 7001)


def test_several_settings_change_together_or_not_at_all(cloud: Cloud) -> None:
    items = [{"id": "ssl", "value": "strict"}, {"id": "min_tls_version", "value": "9"}]
    assert refused(cloud.cloudflare.patch(SETTINGS, json={"items": items})) == (400, 1007)
    assert cloud.cloudflare.get(f"{SETTINGS}/ssl").json()["result"]["value"] == "full"
    items[1]["value"] = "1.2"
    assert cloud.cloudflare.patch(SETTINGS, json={"items": items}).status_code == 200
    values = {one["id"]: one["value"] for one in cloud.cloudflare.get(SETTINGS).json()["result"]}
    assert (values["ssl"], values["min_tls_version"]) == ("strict", "1.2")
