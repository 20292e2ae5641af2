"""Vercel's routing. Prevents: the wrong project behind a host, and an environment that is not the deployment's."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.edge.clouds import TOKEN
from tests.sandbox.edge.serving import Edge


@pytest.fixture(autouse=True)
def _launched(edge: Edge) -> None:
    edge.clouds.launch(workers=False)


def test_the_landing_page_carries_the_beacon_of_its_environment(edge: Edge) -> None:
    answer = edge.get("https://prductr.com/")
    assert (answer.status_code, answer.headers["server"]) == (200, "Vercel")
    assert answer.text.count(TOKEN) == 1
    assert "static.cloudflareinsights.com/beacon.min.js" in answer.text


def test_without_a_token_there_is_no_beacon(edge: Edge) -> None:
    edge.clouds.project("prductr-landing", "packages/landing", {})
    assert "cloudflareinsights" not in edge.get("https://prductr.com/").text


def test_a_newer_deployment_serves_only_when_it_is_promoted(edge: Edge) -> None:
    new = {"NEXT_PUBLIC_CF_BEACON_TOKEN": "f" * 32}
    edge.clouds.deployment("prductr-landing", "2", new)
    assert TOKEN in edge.get("https://prductr.com/").text
    edge.clouds.project("prductr-landing", "packages/landing", new, deployment="2")
    assert "f" * 32 in edge.get("https://prductr.com/").text


def test_a_deployment_that_is_not_ready_serves_nothing(edge: Edge) -> None:
    edge.clouds.deployment("prductr-landing", "1", {}, readyState="BUILDING")
    answer = edge.get("https://prductr.com/")
    assert (answer.status_code, answer.headers["x-vercel-error"]) == (404, "DEPLOYMENT_NOT_FOUND")


def test_a_domain_of_a_branch_serves_the_newest_deployment_of_the_branch(edge: Edge) -> None:
    edge.clouds.record("review.prductr.com", "CNAME", "cname.vercel-dns.com")
    edge.clouds.attach("review.prductr.com", "prductr-landing", gitBranch="review")
    for number, token in (("5", "a" * 32), ("6", "b" * 32)):
        environment = {"NEXT_PUBLIC_CF_BEACON_TOKEN": token}
        edge.clouds.deployment("prductr-landing", number, environment, target=None, gitSource={"ref": "review"})
    assert "b" * 32 in edge.get("https://review.prductr.com/").text


def test_addresses_of_deployments_require_a_sign_in(edge: Edge) -> None:
    assert edge.get("https://prductr-landing-1-hhnn.vercel.app/").status_code == 401


def test_plain_http_is_redirected_to_https(edge: Edge) -> None:
    answer = edge.get("http://prductr.com/lisa?a=b")
    assert (answer.status_code, answer.headers["location"]) == (308, "https://prductr.com/lisa?a=b")


def test_a_domain_can_redirect_to_another(edge: Edge) -> None:
    edge.clouds.attach("prductr.com", "prductr-com", redirect="dashboard.prductr.com", redirectStatusCode=307)
    answer = edge.get("https://prductr.com/a?b")
    assert (answer.status_code, answer.headers["location"]) == (307, "https://dashboard.prductr.com/a?b")


def test_a_host_that_no_project_has_gets_no_certificate_and_no_redirect(edge: Edge) -> None:
    assert edge.clouds.store.delete("vercel.project_domains", "prductr.com")
    with pytest.raises(httpx.ConnectError):
        edge.get("https://prductr.com/")
    answer = edge.get("http://prductr.com/")
    assert (answer.status_code, answer.headers["x-vercel-error"]) == (404, "DEPLOYMENT_NOT_FOUND")


def test_an_unverified_domain_is_not_served(edge: Edge) -> None:
    edge.clouds.attach("prductr.com", "prductr-landing", verified=False)
    with pytest.raises(httpx.ConnectError):
        edge.get("https://prductr.com/")


def test_a_host_without_a_record_cannot_be_reached_by_its_attachment_alone(edge: Edge) -> None:
    edge.clouds.attach("forgotten.prductr.com", "prductr-landing")
    with pytest.raises(httpx.ConnectError):
        edge.get("https://forgotten.prductr.com/")
    assert edge.get("http://forgotten.prductr.com/").status_code == 421


def test_the_dashboard_without_its_database_is_a_failure_and_its_sign_in_page_is_there(edge: Edge) -> None:
    assert edge.get("https://dashboard.prductr.com/").status_code == 500
    assert edge.get("https://dashboard.prductr.com/login").status_code == 200


def test_a_head_request_has_no_body(edge: Edge) -> None:
    answer = edge.get("https://prductr.com/", method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


def test_in_the_browser_redirects_stay_on_this_machine(edge: Edge) -> None:
    port = edge.home.ports.edge_http
    answer = edge.get(f"http://www.prductr.com.localhost:{port}/lisa?x=1")
    assert answer.headers["location"] == f"http://prductr.com.localhost:{port}/lisa?x=1"
    assert edge.get(answer.headers["location"]).status_code == 200
    secure = f"https://www.prductr.com.localhost:{edge.home.ports.edge_https}"
    assert edge.get(f"{secure}/").headers["location"].startswith("https://prductr.com.localhost:")
    assert f"http://prductr.com.localhost:{port}/" in edge.get(f"http://localhost:{port}/").text
