"""DNS of the edge. Prevents: a launch verified against answers that no resolver on the internet would return."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import dns.flags
import dns.rcode
import pytest

from tests.sandbox.edge.serving import Edge


@pytest.fixture(autouse=True)
def _launched(edge: Edge) -> None:
    edge.clouds.launch(workers=False)


def test_a_dns_only_record_answers_with_its_own_content(edge: Edge) -> None:
    assert edge.texts("prductr.com", "A") == ["76.76.21.21"]


def test_a_dns_only_alias_is_followed_to_vercels_addresses(edge: Edge) -> None:
    chain = edge.ask("dashboard.prductr.com", "A").answer
    assert [rrset.to_text().split()[3] for rrset in chain] == ["CNAME", "A"]
    found = edge.texts("dashboard.prductr.com", "A")
    assert found
    assert all(ip_address(text) in ip_network("76.76.21.0/24") or text.startswith("66.33.60.") for text in found)


@pytest.mark.parametrize(("kind", "network"), [("A", "104.16.0.0/12"), ("AAAA", "2606:4700::/32")])
def test_a_proxied_record_hides_its_content_behind_cloudflares_addresses(edge: Edge, kind: str, network: str) -> None:
    found = edge.texts("www.prductr.com", kind)
    assert any(ip_address(text) in ip_network(network) for text in found)
    assert "100::" not in found


def test_an_alias_at_the_apex_is_flattened_to_addresses(edge: Edge) -> None:
    edge.clouds.forget("prductr.com", "A")
    edge.clouds.record("prductr.com", "CNAME", "cname.vercel-dns.com")
    answer = edge.ask("prductr.com", "A").answer
    assert [rrset.name.to_text() for rrset in answer] == ["prductr.com."]
    assert set(edge.texts("prductr.com", "A")) == set(edge.texts("cname.vercel-dns.com", "A"))


def test_a_deleted_record_is_gone_at_once(edge: Edge) -> None:
    edge.clouds.forget("dashboard.prductr.com", "CNAME")
    response = edge.ask("dashboard.prductr.com", "A")
    assert response.rcode() == dns.rcode.NXDOMAIN
    assert response.authority[0].to_text().split()[3] == "SOA"


def test_a_name_without_that_type_exists_and_a_parent_of_names_too(edge: Edge) -> None:
    edge.clouds.record("a.deep.prductr.com", "TXT", "x")
    for name in ("www.prductr.com", "deep.prductr.com"):
        response = edge.ask(name, "MX")
        assert (response.rcode(), response.answer) == (dns.rcode.NOERROR, [])
    assert edge.ask("shallow.prductr.com", "MX").rcode() == dns.rcode.NXDOMAIN


def test_a_wildcard_answers_only_for_missing_names(edge: Edge) -> None:
    edge.clouds.record("*.prductr.com", "A", "192.0.2.7")
    assert edge.texts("anything.prductr.com", "A") == ["192.0.2.7"]
    assert edge.ask("anything.prductr.com", "MX").rcode() == dns.rcode.NOERROR
    assert edge.texts("dashboard.prductr.com", "A") != ["192.0.2.7"]


def test_the_zone_has_its_name_servers_mail_and_texts(edge: Edge) -> None:
    edge.clouds.record("prductr.com", "MX", "mail.example.com", priority=10)
    long = 'a "quoted" text; ' + "x" * 300
    edge.clouds.record("_dmarc.prductr.com", "TXT", long)
    assert set(edge.texts("prductr.com", "NS")) == {"dora.ns.cloudflare.com.", "ivan.ns.cloudflare.com."}
    assert edge.texts("prductr.com", "MX") == ["10 mail.example.com."]
    assert edge.texts("prductr.com", "TXT") == ['"v=spf1 -all"']
    record = edge.ask("_dmarc.prductr.com", "TXT").answer[0][0]
    assert b"".join(record.strings).decode() == long


def test_a_long_answer_is_truncated_over_udp_and_complete_over_tcp(edge: Edge) -> None:
    edge.clouds.record("long.prductr.com", "TXT", "y" * 2000)
    assert edge.ask("long.prductr.com", "TXT").flags & dns.flags.TC
    whole = edge.ask("long.prductr.com", "TXT", tcp=True)
    assert sum(map(len, whole.answer[0][0].strings)) == 2000


def test_a_name_of_the_real_internet_is_refused_not_denied(edge: Edge) -> None:
    assert edge.ask("example.com", "A").rcode() == dns.rcode.REFUSED


def test_a_zone_is_found_by_labels_not_by_the_end_of_the_text(edge: Edge) -> None:
    assert edge.ask("evilprductr.com", "A").rcode() == dns.rcode.REFUSED


def test_aliases_in_a_circle_end_in_an_error(edge: Edge) -> None:
    edge.clouds.record("one.prductr.com", "CNAME", "two.prductr.com")
    edge.clouds.record("two.prductr.com", "CNAME", "one.prductr.com")
    assert edge.ask("one.prductr.com", "A").rcode() == dns.rcode.SERVFAIL
