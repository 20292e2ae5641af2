"""Cloudflare's proxy. Prevents: the endless 308 of a Flexible zone in front of Vercel, seen first in production."""

from __future__ import annotations

import socket
import ssl
import warnings

import httpx
import pytest

from tests.sandbox.edge.serving import Edge

HOST = "conductor.prductr.com"


@pytest.fixture(autouse=True)
def _launched(edge: Edge) -> None:
    edge.clouds.launch(workers=False)


@pytest.fixture
def proxied(edge: Edge) -> Edge:
    """A host of Vercel behind the proxy."""
    edge.clouds.record(HOST, "CNAME", "cname.vercel-dns.com", proxied=True)
    edge.clouds.attach(HOST, "prductr-landing")
    return edge


def test_a_flexible_zone_in_front_of_vercel_loops(proxied: Edge) -> None:
    proxied.clouds.setting("ssl", "flexible")
    answer = proxied.get(f"https://{HOST}/x?y=1")
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{HOST}/x?y=1")
    assert answer.headers["server"] == "cloudflare"
    assert "x-vercel-id" in answer.headers


@pytest.mark.parametrize("mode", ["full", "strict"])
def test_encrypted_modes_reach_vercel_without_a_loop(proxied: Edge, mode: str) -> None:
    proxied.clouds.setting("ssl", mode)
    answer = proxied.get(f"https://{HOST}/")
    assert (answer.status_code, answer.headers["server"]) == (200, "cloudflare")


@pytest.mark.parametrize(("mode", "status"), [("full", 200), ("strict", 526)])
def test_only_strict_mode_refuses_an_origin_with_an_invalid_certificate(proxied: Edge, mode: str, status: int) -> None:
    proxied.clouds.setting("ssl", mode)
    proxied.clouds.attach(HOST, "prductr-landing", _certificate="invalid")
    assert proxied.get(f"https://{HOST}/").status_code == status


def test_an_origin_without_a_certificate_fails_the_handshake(proxied: Edge) -> None:
    assert proxied.clouds.store.delete("vercel.project_domains", HOST)
    answer = proxied.get(f"https://{HOST}/")
    assert (answer.status_code, "525" in answer.text) == (525, True)


def test_an_origin_that_nobody_serves_times_out(edge: Edge) -> None:
    edge.clouds.record(HOST, "AAAA", "100::", proxied=True)
    assert edge.get(f"https://{HOST}/").status_code == 522


def test_an_origin_without_an_address_is_error_1016(edge: Edge) -> None:
    edge.clouds.record(HOST, "CNAME", "nowhere.prductr.com", proxied=True)
    answer = edge.get(f"https://{HOST}/")
    assert (answer.status_code, "1016" in answer.text) == (530, True)


def test_plain_http_is_redirected_to_https_if_the_zone_requires_it(proxied: Edge) -> None:
    answer = proxied.get(f"http://{HOST}/a?b=c")
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/a?b=c")
    proxied.clouds.setting("always_use_https", "off")
    proxied.clouds.redirect("other.prductr.com", "prductr.com")
    answer = proxied.get(f"http://{HOST}/")
    assert (answer.status_code, "x-vercel-id" in answer.headers) == (308, True)


def test_mode_off_redirects_https_to_http(proxied: Edge) -> None:
    proxied.clouds.setting("ssl", "off")
    assert proxied.get(f"https://{HOST}/").headers["location"] == f"http://{HOST}/"


def test_a_redirect_rule_keeps_path_and_query_as_they_were(edge: Edge) -> None:
    target = "/a%20b/%C3%A9?x=1&y=%2F"
    answer = edge.get(f"https://www.prductr.com{target}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://prductr.com{target}")


def test_a_disabled_rule_does_nothing(edge: Edge) -> None:
    edge.clouds.redirect("www.prductr.com", "prductr.com", enabled=False)
    assert edge.get("https://www.prductr.com/").status_code == 522


def test_an_unsimulated_rule_says_so(edge: Edge) -> None:
    edge.clouds.redirect("www.prductr.com", "prductr.com", expression='ip.src.country eq "DE"')
    answer = edge.get("https://www.prductr.com/")
    assert (answer.status_code, "ip.src.country" in answer.text) == (501, True)


def handshake(edge: Edge, host: str, version: ssl.TLSVersion) -> str | None:
    """Return the TLS version of the connection."""
    context = ssl.create_default_context(cafile=edge.trust)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", edge.home.ports.edge_https), timeout=20) as raw,
        context.wrap_socket(raw, server_hostname=host) as connection,
    ):
        return connection.version()


@pytest.mark.parametrize(
    ("minimum", "accepted", "refused"),
    [
        ("1.0", ssl.TLSVersion.TLSv1_1, None),
        ("1.2", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_1),
        ("1.3", ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2),
    ],
)
def test_the_minimum_tls_version_holds(
    edge: Edge, minimum: str, accepted: ssl.TLSVersion, refused: ssl.TLSVersion | None
) -> None:
    edge.clouds.setting("min_tls_version", minimum)
    assert handshake(edge, "www.prductr.com", accepted)
    if refused:
        with pytest.raises(ssl.SSLError):
            handshake(edge, "www.prductr.com", refused)


def test_the_universal_certificate_ends_one_label_below_the_apex(edge: Edge) -> None:
    edge.clouds.record("a.b.prductr.com", "AAAA", "100::", proxied=True)
    with pytest.raises(httpx.ConnectError):
        edge.get("https://a.b.prductr.com/")
    edge.clouds.record("b.prductr.com", "AAAA", "100::", proxied=True)
    assert edge.get("https://b.prductr.com/").status_code == 522
