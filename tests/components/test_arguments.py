"""Prevents: a dangerous shape that is only refused by the vendor, after half of the stack was applied."""

from __future__ import annotations

from typing import cast

import pytest

from components.analytics import beacon
from components.redirects import RedirectsArgs
from components.worker import WorkerArgs
from components.zone import Zone

ZONE = cast("Zone", None)


@pytest.mark.parametrize("host", ["echome.prductr.com/*", "*.prductr.com"])
def test_a_custom_domain_is_a_bare_host_name(host: str) -> None:
    with pytest.raises(ValueError, match=r"host: .* is a route pattern"):
        WorkerArgs(zone=ZONE, host=host)


def test_a_redirect_to_a_host_that_redirects_itself_is_refused() -> None:
    hosts = {"a.prductr.com": "b.prductr.com", "b.prductr.com": "prductr.com"}
    with pytest.raises(ValueError, match=r"a\.prductr\.com redirects to b\.prductr\.com, which redirects itself"):
        RedirectsArgs(zone_id="z", hosts=hosts)


def test_a_redirect_to_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="which redirects itself"):
        RedirectsArgs(zone_id="z", hosts={"a.prductr.com": "a.prductr.com"})


def test_the_beacon_carries_the_token_as_json_in_single_quotes() -> None:
    assert beacon("ab" * 16) == (
        '<script defer src="https://static.cloudflareinsights.com/beacon.min.js"'
        f' data-cf-beacon=\'{{"token": "{"ab" * 16}"}}\'></script>'
    )
