"""Prevents: a dangerous argument that only the vendor refuses, after half of the stack was applied."""

from __future__ import annotations

import pytest

from components.analytics import beacon
from components.redirects import RedirectsArgs
from components.workers import Classes, Migration, Secret, WorkerArgs


@pytest.mark.parametrize("host", ["echome.prductr.com/*", "*.prductr.com"])
def test_a_custom_domain_is_a_bare_host_name(host: str) -> None:
    with pytest.raises(ValueError, match=r"host: .* is a route pattern"):
        WorkerArgs(account_id="a", zone_id="z", module="conductor/index.js", host=host)


def test_a_worker_with_classes_is_bound_to_nothing_that_an_update_decides() -> None:
    with pytest.raises(ValueError, match="bindings: a value known only during an update"):
        WorkerArgs(
            account_id="a",
            zone_id="z",
            module="limiter/dist/index.js",
            bindings={"KEY": Secret("x")},
            classes=Classes(history=[Migration(tag="v1", new_sqlite_classes=("C",))], present=None),
        )


def test_a_redirect_to_a_host_that_redirects_itself_is_refused() -> None:
    hosts = {"a.prductr.com": "b.prductr.com", "b.prductr.com": "prductr.com"}
    with pytest.raises(ValueError, match=r"a\.prductr\.com redirects to b\.prductr\.com, which is redirected too"):
        RedirectsArgs(zone_id="z", hosts=hosts)


def test_a_redirect_to_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="which is redirected too"):
        RedirectsArgs(zone_id="z", hosts={"a.prductr.com": "a.prductr.com"})


def test_the_beacon_carries_the_token_as_json_in_single_quotes() -> None:
    assert beacon("ab" * 16) == (
        '<script defer src="https://static.cloudflareinsights.com/beacon.min.js"'
        f' data-cf-beacon=\'{{"token": "{"ab" * 16}"}}\'></script>'
    )
