"""Prevents: an SPF policy that lets anybody send mail as this domain, or one that every receiver ignores."""

from __future__ import annotations

import pytest

from components.settings.mail import Mail, is_mailbox, is_mechanism


@pytest.mark.parametrize(
    "text",
    [
        "include:_spf.example.com",
        "include:spf.Example.com.",
        "exists:%{i}._spf.%{d2}.example.com",
        "a:mail.example.com",
        "a:mail.example.com/24//64",
        "mx:example.com//64",
        "ip4:192.0.2.1",
        "ip4:192.0.2.1/24",
        "ip4:10.0.0.0/8",
        "ip6:2001:db8::/32",
        "ip6:2001:db8::1",
    ],
)
def test_a_mechanism_that_matches_some_senders_is_accepted(text: str) -> None:
    assert is_mechanism(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all",
        "+all",
        "?all",
        "-ip4:192.0.2.1",
        "redirect=example.com",
        "ptr:example.com",
        "include:",
        "include:com",
        'include:foo"bar',
        "include:example.com ip4:0.0.0.0/0",
        "include:example.com/24",
        "include:%{x}.example.com",
        "include:" + "a." * 126 + "com",
        "ip4:",
        "ip4:0.0.0.0/0",
        "ip4:128.0.0.0/1",
        "ip4:10.0.0.0/7",
        "ip4:192.0.2.0/33",
        "ip4:192.0.2.0/024",
        "ip4:192.0.2.0/255.255.255.0",
        "ip4:192.0.2",
        "ip4:2001:db8::1",
        "ip6:192.0.2.1",
        "ip6:::/0",
        "ip6:2000::/15",
        "ip6:fe80::1%eth0",
        "a:example.com/0",
        "a:example.com//0",
        "mx:example.com/7",
        "mx:example.com/33",
        "a:example.com//129",
        "a:192.0.2.1",
    ],
)
def test_a_mechanism_that_matches_everybody_or_nobody_is_refused(text: str) -> None:
    assert not is_mechanism(text)


@pytest.mark.parametrize("text", ["dmarc@prductr.com", "d.marc+prductr@reports.example.com", "a_b-1@example.com"])
def test_an_address_that_can_receive_reports_is_accepted(text: str) -> None:
    assert is_mailbox(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dmarc",
        "@example.com",
        "dmarc@",
        "dmarc@example",
        "dmarc@192.0.2.1",
        "a@b@example.com",
        ".dmarc@example.com",
        "d..marc@example.com",
        "dmarc@example.com; p=none",
        "mailto:dmarc@example.com",
        "dmarc!10m@example.com",
        "a,b@example.com",
        'd"marc@example.com',
        "a" * 65 + "@example.com",
        "dmarc@example.com\n",
    ],
)
def test_an_address_that_would_break_the_policy_is_refused(text: str) -> None:
    assert not is_mailbox(text)


@pytest.mark.parametrize(("others", "ending"), [("softfail", "~all"), ("fail", "-all"), ("neutral", "?all")])
def test_the_policy_ends_with_the_verdict_on_mail_from_elsewhere(others: str, ending: str) -> None:
    declared = Mail(servers=(), senders=("ip4:192.0.2.1",), others=others, dmarc_policy="none", dmarc_reports=())
    assert declared.spf == f"v=spf1 ip4:192.0.2.1 {ending}"


def mail(*senders: str, servers: tuple[str, ...] = ()) -> Mail:
    return Mail(servers=servers, senders=senders, others="softfail", dmarc_policy="none", dmarc_reports=())


def test_a_policy_is_valid_up_to_the_last_lookup_and_the_last_character() -> None:
    asking = tuple(f"include:{letter}.example.com" for letter in "abcdefghij")
    assert mail(*asking).flaw is None
    assert mail(*asking, servers=("mx.example.com",)).flaw == (
        "the SPF policy needs 11 look-ups; receivers ignore one that needs over 10"
    )
    longest = mail("ip4:192.0.2.1", "include:" + "a" * 63 + "." + "b" * 63 + "." + "c" * 63 + "." + "d" * 25 + ".com")
    assert len(longest.spf) == 255, len(longest.spf)
    assert longest.flaw is None
    longer = mail("ip4:192.0.2.10", *longest.senders[1:])
    assert longer.flaw == "the SPF policy has 256 characters; a TXT record holds 255"
