"""The launch starts from production as it is: a scenario with fewer obstacles than production would prove nothing."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.sandbox.cloud.support import ZONE, Cloud, refused

PROJECT = "prductr-com"


@pytest.fixture
def production(cloud: Cloud) -> Iterator[Cloud]:
    response = cloud.admin.post("/_sandbox/reset", json={"scenario": "production"}, timeout=120)
    assert response.status_code == 200, response.text
    yield cloud
    cloud.admin.post("/_sandbox/reset", json={"scenario": "empty"}, timeout=120).raise_for_status()


def test_production_is_as_it_was_before_the_launch(production: Cloud) -> None:
    api = production.cloudflare
    assert api.get(f"/zones/{ZONE}/settings/ssl").json()["result"]["value"] == "flexible"
    records = api.get(f"/zones/{ZONE}/dns_records").json()["result"]
    assert [(one["type"], one["name"], one["content"], one["proxied"]) for one in records] == [
        ("A", "prductr.com", "76.76.21.21", False),
        ("CNAME", "dashboard.prductr.com", "cname.vercel-dns.com", False),
        ("CNAME", "conductor.prductr.com", "cname.vercel-dns.com", True),
    ]
    project = production.vercel.get(f"/v10/projects/{PROJECT}").json()
    assert (project["rootDirectory"], project["link"]["repo"]) == ("apps/dashboard", "prductr-com")
    assert project["nodeVersion"]
    domains = production.vercel.get(f"/v9/projects/{PROJECT}/domains", params={"order": "ASC"}).json()["domains"]
    assert [one["name"] for one in domains] == [
        "prductr-com.vercel.app",
        "prductr.com",
        "dashboard.prductr.com",
        "conductor.prductr.com",
    ]
    assert production.vercel.get("/v6/domains/conductor.prductr.com/config").json()["misconfigured"] is True
    assert production.vercel.get("/v6/domains/prductr.com/config").json()["misconfigured"] is False


def test_the_apex_must_leave_the_dashboards_project_first(production: Cloud) -> None:
    landing = production.vercel.post("/v10/projects", json={"name": "prductr-landing"}).json()["id"]
    taken = production.vercel.post(f"/v10/projects/{landing}/domains", json={"name": "prductr.com"})
    assert refused(taken) == (409, "domain_already_in_use")
    assert production.vercel.delete(f"/v9/projects/{PROJECT}/domains/prductr.com").status_code == 200
    moved = production.vercel.post(f"/v10/projects/{landing}/domains", json={"name": "prductr.com"})
    assert moved.json()["verified"] is True


def test_the_looping_record_prevents_a_worker(production: Cloud) -> None:
    account = production.store.find("cloudflare.accounts")[0]["id"]
    script = {"id": "conductor", "_account_id": account}
    production.store.put("cloudflare.workers_scripts", f"{account}/conductor", script)
    wanted = {"hostname": "conductor.prductr.com", "service": "conductor", "zone_id": ZONE}
    assert refused(production.cloudflare.put(f"/accounts/{account}/workers/domains", json=wanted)) == (409, 100117)


def test_the_running_dashboard_owns_the_database_that_it_uses(production: Cloud) -> None:
    current = production.vercel.get(f"/v10/projects/{PROJECT}").json()["targets"]["production"]["id"]
    deployment = production.store.get("vercel.deployments", current)
    assert deployment is not None
    (variable,) = production.store.find("vercel.env", key="CONDUCTOR_DATABASE_URL")
    assert deployment["env"]["CONDUCTOR_DATABASE_URL"] == variable["value"]
    hosts = {"hostaddr": "127.0.0.1", "port": str(production.home.ports.postgres)}
    with psycopg.connect(variable["value"], **hosts) as connection:  # type: ignore[arg-type]
        row = connection.execute("select current_user, rolbypassrls from pg_roles where rolname = current_user")
        assert row.fetchone() == ("neondb_owner", True)
