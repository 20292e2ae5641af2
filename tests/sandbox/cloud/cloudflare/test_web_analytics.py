"""The beacon's token is 32 hexadecimal digits (not a UUID), and a site's zone can be set only at its creation."""

from __future__ import annotations

import re
from typing import Any

from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud, refused

SITES = f"/accounts/{ACCOUNT}/rum/site_info"


def made(cloud: Cloud, **wanted: object) -> dict[str, Any]:
    response = cloud.cloudflare.post(SITES, json=wanted)
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()["result"]
    return result


def test_a_site_has_a_tag_a_token_and_the_snippet_that_holds_it(cloud: Cloud) -> None:
    site = made(cloud, host="prductr.com", auto_install=False)
    assert re.fullmatch("[0-9a-f]{32}", site["site_token"])
    assert re.fullmatch("[0-9a-f]{32}", site["site_tag"])
    assert f'"token": "{site["site_token"]}"' in site["snippet"]
    assert "https://static.cloudflareinsights.com/beacon.min.js" in site["snippet"]
    assert site["ruleset"]["zone_name"] == "prductr.com"
    assert cloud.cloudflare.get(f"{SITES}/{site['site_tag']}").json()["result"] == site


def test_a_change_keeps_token_and_zone(cloud: Cloud) -> None:
    site = made(cloud, zone_tag=ZONE, auto_install=True)
    change = {"auto_install": False, "zone_tag": "f" * 32, "enabled": False}
    changed = cloud.cloudflare.put(f"{SITES}/{site['site_tag']}", json=change).json()["result"]
    assert (changed["site_token"], changed["ruleset"]["zone_tag"]) == (site["site_token"], ZONE)
    assert (changed["auto_install"], changed["ruleset"]["enabled"]) == (False, False)


def test_sites_are_listed_and_deleted(cloud: Cloud) -> None:
    site = made(cloud, host="prductr.com")
    listed = cloud.cloudflare.get(f"{SITES}/list").json()
    assert [one["site_tag"] for one in listed["result"]] == [site["site_tag"]]
    assert listed["result_info"]["total_count"] == 1
    url = f"{SITES}/{site['site_tag']}"
    assert cloud.cloudflare.delete(url).json()["result"] == {"site_tag": site["site_tag"]}
    assert refused(cloud.cloudflare.get(url)) == (404, 10009)
    assert made(cloud, host="prductr.com")["site_token"] != site["site_token"]


def test_a_site_needs_a_host_or_a_zone_of_the_account(cloud: Cloud) -> None:
    assert refused(cloud.cloudflare.post(SITES, json={"auto_install": False})) == (400, 10004)
    assert refused(cloud.cloudflare.post(SITES, json={"zone_tag": "d" * 32})) == (403, 10000)
    assert refused(cloud.cloudflare.post(SITES, json={"host": "other.example", "auto_install": True})) == (400, 10004)
    made(cloud, zone_tag=ZONE)
    assert refused(cloud.cloudflare.post(SITES, json={"zone_tag": ZONE})) == (409, 10006)
