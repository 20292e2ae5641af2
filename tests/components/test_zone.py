"""Prevents: a stack trace, or half a stack, if the zone is unavailable; minutes of waiting for a missing server."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings.problems import RefusedError
from components.zone import find_zone
from vendors import Access
from vendors.api import Api
from vendors.errors import RefusedAccessError

ACCESS = Access(cloudflare_token="c", vercel_token="v", vercel_team="t", neon_key="n")


def answer(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    zone = {"id": "z", "name": "prductr.com", "account": {"id": "a"}, **fields}

    def call(_: Api, method: str, path: str, *, query: dict[str, Any]) -> dict[str, Any]:
        assert (method, path, query["name"]) == ("GET", "/zones", "prductr.com")
        return {"result": [zone] if fields else []}

    monkeypatch.setattr(Api, "call", call)


def test_an_active_zone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, status="active")
    assert find_zone("prductr.com", ACCESS)["id"] == "z"


def test_a_pending_zone_is_refused_with_its_name_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, status="pending", name_servers=["dora.ns.cloudflare.com", "ivan.ns.cloudflare.com"])
    with pytest.raises(RefusedError) as error:
        find_zone("prductr.com", ACCESS)
    (mistake,) = error.value.mistakes
    assert mistake.what == "is pending, so resolvers do not use it"
    assert "dora.ns.cloudflare.com and ivan.ns.cloudflare.com" in mistake.remedy


def test_a_missing_zone_is_reported_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch)
    with pytest.raises(RefusedError) as error:
        find_zone("prductr.com", ACCESS)
    (mistake,) = error.value.mistakes
    assert mistake.what == "Cloudflare has no such zone for this token"


def test_a_refused_token_is_reported_as_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RefusedAccessError("Cloudflare", "refuses access: GET /zones: 403 Forbidden", "Look at the token.")

    monkeypatch.setattr(Api, "call", refuse)
    with pytest.raises(RefusedError) as error:
        find_zone("prductr.com", ACCESS)
    (mistake,) = error.value.mistakes
    assert mistake.where == "zone prductr.com"
    assert mistake.what == "Cloudflare refuses access: GET /zones: 403 Forbidden"
    assert "token" in mistake.remedy
