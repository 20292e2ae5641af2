"""Prevents: a stack trace, or half a stack, where the zone cannot be had."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from components import zone
from components.settings.problems import RefusedError


def answer(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    found = SimpleNamespace(id="z", account=SimpleNamespace(id="a"), **fields)
    monkeypatch.setattr("components.zone.cloudflare.get_zone", lambda **_: found)


def test_an_active_zone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, status="active")
    assert zone.find_zone("prductr.com").id == "z"


def test_a_zone_that_nobody_asks_yet_is_refused_with_its_name_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, status="pending", name_servers=["dora.ns.cloudflare.com", "ivan.ns.cloudflare.com"])
    with pytest.raises(RefusedError) as error:
        zone.find_zone("prductr.com")
    (finding,) = error.value.findings
    assert finding.what == "is pending, so nobody asks it"
    assert "dora.ns.cloudflare.com and ivan.ns.cloudflare.com" in finding.remedy


def test_a_failed_look_up_is_one_error_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise Exception(
            "invoke of cloudflare:index/getZone:getZone failed: invocation of cloudflare:index/getZone:getZone"
            ' returned an error: 403 Forbidden\n  {"code": 9109}'
        )

    monkeypatch.setattr("components.zone.cloudflare.get_zone", refuse)
    with pytest.raises(RefusedError) as error:
        zone.find_zone("prductr.com")
    (finding,) = error.value.findings
    assert finding.where == "zone prductr.com"
    assert finding.what == 'Cloudflare did not find it: 403 Forbidden {"code": 9109}'
    assert "token" in finding.remedy


def test_a_failure_in_other_words_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise Exception("no provider plugin found")

    monkeypatch.setattr("components.zone.cloudflare.get_zone", refuse)
    with pytest.raises(RefusedError, match="no provider plugin found"):
        zone.find_zone("prductr.com")
