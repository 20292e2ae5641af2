"""Names on the internet. Prevents: a verdict on a record that a resolver cached before the change."""

from __future__ import annotations

import asyncio

import pytest
from dns.rdatatype import RdataType

from launch.report.findings import FailedError, UncheckedError
from launch.verify import dns
from launch.verify.checks.addresses import is_absent, resolves
from launch.verify.dns import Answer, Names, Server
from tests.launch.verify.conftest import Launch, unused_port


@pytest.fixture
def internet(launched: Launch, monkeypatch: pytest.MonkeyPatch) -> dict[str, Answer]:
    """The edge's server in place of the zone's own; the system's resolver has only the names of this dictionary."""
    known: dict[str, Answer] = {}

    async def remembered(name: str, _: RdataType) -> Answer:
        if name not in known:
            raise UncheckedError(f"no answer for {name}")
        return known[name]

    async def authoritative(name: str) -> list[Server]:
        assert name.endswith("prductr.com")
        return [Server("127.0.0.1", launched.edge.home.ports.dns)]

    monkeypatch.setattr(dns, "_system_lookup", remembered)
    monkeypatch.setattr(dns, "_name_servers", authoritative)
    return known


def lookup(name: str) -> Answer:
    """Return the addresses of a name, as seen from the internet."""

    async def ask() -> Answer:
        return await Names().lookup(name, RdataType.A)

    return asyncio.run(ask())


def test_the_zones_own_servers_are_queried_before_a_caching_resolver(internet: dict[str, Answer]) -> None:
    internet["prductr.com"] = Answer(exists=True, values=("192.0.2.1",))
    assert lookup("prductr.com").values == ("76.76.21.21",)
    assert lookup("never.prductr.com") == Answer(exists=False, values=())


@pytest.mark.usefixtures("_impatient")
def test_the_resolver_is_queried_when_the_zones_servers_do_not_answer(
    internet: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(_: str) -> list[Server]:
        return [Server("127.0.0.1", unused_port())]

    monkeypatch.setattr(dns, "_name_servers", unreachable)
    internet["prductr.com"] = Answer(exists=True, values=("192.0.2.1",))
    assert lookup("prductr.com").values == ("192.0.2.1",)


@pytest.mark.usefixtures("_impatient")
def test_a_server_that_does_not_answer_proves_nothing_about_a_name() -> None:
    only = Names(Server("127.0.0.1", unused_port()))

    async def ask() -> None:
        with pytest.raises(UncheckedError, match="does not answer"):
            await resolves(only, "prductr.com")
        with pytest.raises(UncheckedError, match="does not answer"):
            await is_absent(only, "conductor.prductr.com")

    asyncio.run(ask())


def test_a_name_without_an_address_is_distinguished_from_a_missing_name(launched: Launch) -> None:
    launched.clouds.record("mail.prductr.com", "TXT", "x")
    only = Names(Server("127.0.0.1", launched.edge.home.ports.dns))

    async def ask() -> None:
        with pytest.raises(FailedError, match="has records, but no address"):
            await resolves(only, "mail.prductr.com")
        with pytest.raises(FailedError, match="leads to"):
            await is_absent(only, "mail.prductr.com")

    asyncio.run(ask())
