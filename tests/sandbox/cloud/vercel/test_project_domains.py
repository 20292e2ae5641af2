"""The apex moves between projects in one order only: it leaves the old project before the new one can take it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.cloud.support import ZONE, Cloud, refused

HOST = "prductr.com"


def project(cloud: Cloud, name: str, **params: str) -> str:
    body = {"name": name, "gitRepository": {"type": "github", "repo": "habitusnet/prductr-com"}}
    response = cloud.vercel.post("/v10/projects", json=body, params=params or None)
    assert response.status_code == 200, response.text
    id_: str = response.json()["id"]
    return id_


def record(cloud: Cloud, kind: str, content: str, name: str = HOST, **more: object) -> str:
    body = {"type": kind, "name": name, "content": content, "ttl": 1, **more}
    response = cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=body)
    assert response.status_code == 200, response.text
    id_: str = response.json()["result"]["id"]
    return id_


def config(cloud: Cloud, name: str = HOST) -> dict[str, Any]:
    answer: dict[str, Any] = cloud.vercel.get(f"/v6/domains/{name}/config").json()
    return answer


def listed(cloud: Cloud, project: str, **query: str) -> list[str]:
    answer = cloud.vercel.get(f"/v9/projects/{project}/domains", params=query)
    return [one["name"] for one in answer.json()["domains"]]


def add(cloud: Cloud, project: str, name: str, **more: object) -> None:
    cloud.vercel.post(f"/v10/projects/{project}/domains", json={"name": name, **more}).raise_for_status()


def move(cloud: Cloud, project: str, name: str = HOST, **wanted: object) -> httpx.Response:
    return cloud.vercel.post(f"/v1/projects/{project}/domains/{name}/move", json=wanted)


def test_a_domain_is_added_read_changed_and_removed(cloud: Cloud) -> None:
    id_ = project(cloud, "prductr-landing")
    added = cloud.vercel.post(f"/v10/projects/{id_}/domains", json={"name": HOST}).json()
    assert (added["name"], added["apexName"], added["verified"], added["projectId"]) == (HOST, HOST, True, id_)
    assert (added["redirect"], added["gitBranch"]) == (None, None)
    www = {"name": f"www.{HOST}", "redirect": HOST, "redirectStatusCode": 308}
    assert cloud.vercel.post(f"/v10/projects/{id_}/domains", json=www).json()["redirectStatusCode"] == 308
    url = f"/v9/projects/{id_}/domains/www.{HOST}"
    changed = cloud.vercel.patch(url, json={"redirect": None, "redirectStatusCode": None, "gitBranch": "next"}).json()
    assert (changed["redirect"], changed["gitBranch"]) == (None, "next")
    assert cloud.vercel.get(url).json() == changed
    assert listed(cloud, id_) == [f"www.{HOST}", HOST, "prductr-landing.vercel.app"]
    assert cloud.vercel.delete(url).status_code == 200
    assert refused(cloud.vercel.get(url)) == (404, "not_found")
    assert refused(cloud.vercel.delete(url)) == (404, "not_found")


def test_a_domain_belongs_to_one_project_until_it_leaves_it(cloud: Cloud) -> None:
    old, new = project(cloud, "prductr-com"), project(cloud, "prductr-landing")
    cloud.vercel.post(f"/v10/projects/{old}/domains", json={"name": HOST})
    taken = cloud.vercel.post(f"/v10/projects/{new}/domains", json={"name": HOST})
    assert refused(taken) == (409, "domain_already_in_use")
    assert taken.json()["error"]["projectId"] == old
    again = cloud.vercel.post(f"/v10/projects/{old}/domains", json={"name": HOST})
    assert refused(again) == (400, "domain_already_in_use")
    cloud.vercel.delete(f"/v9/projects/{old}/domains/{HOST}")
    assert cloud.vercel.post(f"/v10/projects/{new}/domains", json={"name": HOST}).status_code == 200


def test_a_domain_of_another_scope_must_be_proved_in_the_dns(cloud: Cloud) -> None:
    personal = cloud.anonymous
    token = {"authorization": cloud.vercel.headers["authorization"]}
    theirs = personal.post("/vercel/v10/projects", json={"name": "mine"}, headers=token).json()["id"]
    personal.post(f"/vercel/v10/projects/{theirs}/domains", json={"name": HOST}, headers=token)
    ours = project(cloud, "prductr-landing")
    added = cloud.vercel.post(f"/v10/projects/{ours}/domains", json={"name": HOST}).json()
    assert added["verified"] is False
    (challenge,) = added["verification"]
    assert (challenge["type"], challenge["domain"]) == ("TXT", f"_vercel.{HOST}")
    url = f"/v9/projects/{ours}/domains/{HOST}"
    assert refused(cloud.vercel.post(f"{url}/verify")) == (400, "missing_txt_record")
    record(cloud, "TXT", f'"{challenge["value"]}"', name="_vercel")
    assert cloud.vercel.post(f"{url}/verify").json()["verified"] is True
    left = personal.get(f"/vercel/v9/projects/{theirs}/domains/{HOST}", headers=token)
    assert refused(left) == (404, "not_found")


def test_the_apex_moves_to_another_project_in_one_call_with_the_redirects_to_it(cloud: Cloud) -> None:
    old, new = project(cloud, "prductr-com"), project(cloud, "prductr-landing")
    add(cloud, old, HOST)
    add(cloud, old, f"www.{HOST}", redirect=HOST, redirectStatusCode=308)
    add(cloud, old, f"dashboard.{HOST}")
    moved = move(cloud, old, projectId="prductr-landing")
    assert moved.status_code == 200, moved.text
    assert (moved.json()["projectId"], moved.json()["verified"], moved.json()["redirect"]) == (new, True, None)
    assert sorted(listed(cloud, old)) == [f"dashboard.{HOST}", "prductr-com.vercel.app"]
    assert sorted(listed(cloud, new)) == ["prductr-landing.vercel.app", HOST, f"www.{HOST}"]
    www = cloud.vercel.get(f"/v9/projects/{new}/domains/www.{HOST}").json()
    assert (www["redirect"], www["redirectStatusCode"], www["projectId"]) == (HOST, 308, new)


def test_an_impossible_move_leaves_the_domain_where_it_is(cloud: Cloud) -> None:
    old, new = project(cloud, "prductr-com"), project(cloud, "prductr-landing")
    add(cloud, old, HOST)
    assert refused(move(cloud, old)) == (400, "bad_request")
    assert refused(move(cloud, old, projectId=old)) == (400, "bad_request")
    assert refused(move(cloud, old, projectId=new, redirect="elsewhere.example")) == (400, "bad_request")
    assert refused(move(cloud, old, projectId="prj_nobody")) == (404, "not_found")
    assert refused(move(cloud, new, projectId=old)) == (404, "not_found")
    assert (HOST in listed(cloud, old), HOST in listed(cloud, new)) == (True, False)


def test_a_domain_that_both_projects_claim_from_another_scope_does_not_move(cloud: Cloud) -> None:
    token = {"authorization": cloud.vercel.headers["authorization"]}
    theirs = cloud.anonymous.post("/vercel/v10/projects", json={"name": "mine"}, headers=token).json()["id"]
    cloud.anonymous.post(f"/vercel/v10/projects/{theirs}/domains", json={"name": HOST}, headers=token)
    old, new = project(cloud, "prductr-com"), project(cloud, "prductr-landing")
    add(cloud, old, HOST)
    add(cloud, new, HOST)
    assert refused(move(cloud, old, projectId=new)) == (409, "domain_already_in_use")
    assert refused(move(cloud, old, projectId=theirs)) == (404, "not_found")


def test_domains_are_filtered_and_sorted_by_the_query(cloud: Cloud) -> None:
    id_ = project(cloud, "prductr-landing")
    own = "prductr-landing.vercel.app"
    cloud.clock.advance(1)
    add(cloud, id_, HOST)
    cloud.clock.advance(1)
    add(cloud, id_, f"www.{HOST}", redirect=HOST)
    cloud.clock.advance(1)
    add(cloud, id_, f"next.{HOST}", gitBranch="next")
    assert listed(cloud, id_, order="ASC") == [own, HOST, f"www.{HOST}", f"next.{HOST}"]
    assert listed(cloud, id_, production="true") == listed(cloud, id_, target="production")
    assert listed(cloud, id_, target="production", order="ASC") == [own, HOST, f"www.{HOST}"]
    assert listed(cloud, id_, target="preview") == listed(cloud, id_, gitBranch="next") == [f"next.{HOST}"]
    assert listed(cloud, id_, redirects="false") == [f"next.{HOST}", HOST, own]
    assert listed(cloud, id_, redirect=HOST) == [f"www.{HOST}"]
    assert (listed(cloud, id_, verified="false"), len(listed(cloud, id_, verified="true"))) == ([], 4)
    url = f"/v9/projects/{id_}/domains"
    first = cloud.vercel.get(url, params={"limit": 3}).json()
    rest = listed(cloud, id_, until=str(first["pagination"]["next"]))
    assert ([one["name"] for one in first["domains"]], rest) == ([f"next.{HOST}", f"www.{HOST}", HOST], [own])
    for query in ({"target": "moon"}, {"order": "UP"}, {"verified": "maybe"}, {"customEnvironmentId": "x"}):
        assert refused(cloud.vercel.get(url, params=query)) == (400, "bad_request")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "bad_request"),
        ({"name": "localhost"}, "invalid_domain"),
        ({"name": "https://prductr.com"}, "invalid_domain"),
        ({"name": HOST, "redirect": HOST}, "bad_request"),
        ({"name": HOST, "redirect": "elsewhere.example"}, "bad_request"),
        ({"name": HOST, "redirectStatusCode": 303}, "bad_request"),
        ({"name": HOST, "gitBranch": "main"}, "bad_request"),
        ({"name": HOST, "color": "red"}, "bad_request"),
    ],
)
def test_a_wrong_domain_is_refused(cloud: Cloud, wrong: dict[str, object], code: str) -> None:
    id_ = project(cloud, "prductr-landing")
    assert refused(cloud.vercel.post(f"/v10/projects/{id_}/domains", json=wrong)) == (400, code)
    assert len(cloud.vercel.get(f"/v9/projects/{id_}/domains").json()["domains"]) == 1


def test_a_domain_is_misconfigured_until_its_records_lead_to_vercel(cloud: Cloud) -> None:
    assert (config(cloud)["misconfigured"], config(cloud)["configuredBy"]) == (True, None)
    record(cloud, "A", "76.76.21.21")
    answer = config(cloud)
    assert (answer["misconfigured"], answer["configuredBy"], answer["aValues"]) == (False, "A", ["76.76.21.21"])
    assert answer["recommendedIPv4"] == [{"rank": 1, "value": ["76.76.21.21"]}]
    assert answer["recommendedCNAME"] == [{"rank": 1, "value": "cname.vercel-dns.com."}]
    assert answer["nameservers"] == ["dora.ns.cloudflare.com", "ivan.ns.cloudflare.com"]
    record(cloud, "CNAME", "cname.vercel-dns.com", name="dashboard")
    assert config(cloud, f"dashboard.{HOST}")["configuredBy"] == "CNAME"


@pytest.mark.parametrize(
    ("kind", "content", "more"),
    [
        ("A", "192.0.2.1", {}),
        ("A", "76.76.21.21", {"proxied": True}),
        ("CNAME", "cname.vercel-dns.com", {"proxied": True}),
        ("CNAME", "cname.vercel-dns.com.evil.example", {}),
        ("CNAME", "notvercel-dns.com", {}),
    ],
)
def test_a_record_that_leads_elsewhere_is_a_misconfiguration(
    cloud: Cloud, kind: str, content: str, more: dict[str, object]
) -> None:
    record(cloud, kind, content, name="x", **more)
    assert config(cloud, f"x.{HOST}")["misconfigured"] is True


def test_an_address_of_version_six_beside_the_right_one_is_a_misconfiguration(cloud: Cloud) -> None:
    record(cloud, "A", "76.76.21.21")
    record(cloud, "AAAA", "2001:db8::1")
    answer = config(cloud)
    assert answer["misconfigured"] is True
    assert answer["conflicts"] == [{"name": HOST, "type": "AAAA", "value": "2001:db8::1"}]


def test_a_zone_that_forbids_the_issuer_is_a_misconfiguration(cloud: Cloud) -> None:
    record(cloud, "CNAME", "cname.vercel-dns.com", name="dashboard")
    record(cloud, "CAA", "", data={"flags": 0, "tag": "issue", "value": "digicert.com"})
    assert config(cloud, f"dashboard.{HOST}")["misconfigured"] is True
    record(cloud, "CAA", "", data={"flags": 0, "tag": "issue", "value": "letsencrypt.org"})
    assert config(cloud, f"dashboard.{HOST}")["misconfigured"] is False
