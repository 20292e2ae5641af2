"""Prevents: a host of somebody else's domain mistaken for one of ours because their names end alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.settings.hostname import in_zone, is_first_level, is_hostname

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize("host", ["prductr.com", "a.prductr.com", "x1.y-2.prductr.com", "a" * 63 + ".com"])
def test_full_host_names_are_host_names(host: str) -> None:
    assert is_hostname(host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "prductr.com.",
        "Prductr.com",
        "https://prductr.com",
        "prductr.com/x",
        "prductr.com:443",
        "-a.com",
        "a-.com",
        "a..com",
        "a" * 64 + ".com",
        "*.prductr.com",
        "a b.com",
        "prductr.com\n",
    ],
)
def test_other_texts_are_not_host_names(text: str) -> None:
    assert not is_hostname(text)


def test_a_name_that_only_ends_like_the_zone_is_outside_it() -> None:
    assert not in_zone("evilprductr.com", "prductr.com")
    assert not in_zone("prductr.com.evil.com", "prductr.com")
    assert not in_zone("com", "prductr.com")


@given(LABEL, LABEL, LABEL)
def test_a_host_is_in_the_zone_exactly_when_labels_are_put_before_it(first: str, second: str, third: str) -> None:
    zone = f"{second}.{third}"
    assert in_zone(zone, zone)
    assert in_zone(f"{first}.{zone}", zone)
    assert not in_zone(f"{first}{zone}", zone)


def test_only_one_label_below_the_zone_has_its_certificate() -> None:
    assert is_first_level("www.prductr.com", "prductr.com")
    assert not is_first_level("prductr.com", "prductr.com")
    assert not is_first_level("a.www.prductr.com", "prductr.com")
