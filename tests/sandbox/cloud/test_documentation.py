"""A code that the sandbox returns and the page does not list would be trusted as the vendor's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
PAGE = (PROJECT / "docs" / "sandbox.md").read_text()


def section(heading: str) -> str:
    """Return the part of the page below a heading of the second level."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def answered(vendor: str, code: str) -> set[str]:
    """Return the codes that a vendor's room can return, read from its source."""
    sources = "".join(file.read_text() for file in (PROJECT / "sandbox" / "cloud" / vendor).rglob("*.py"))
    return set(re.findall(rf"ApiError\(\s*\d{{3}},\s*{code}", sources))


@pytest.mark.parametrize(
    ("heading", "vendor", "code", "least"),
    [("Cloudflare", "cloudflare", r"(\d+)", 50), ("Vercel", "vercel", r'"(\w+)"', 10)],
)
def test_every_code_is_documented(heading: str, vendor: str, code: str, least: int) -> None:
    codes = answered(vendor, code)
    named = set(re.findall(r"`(\w+)`", section(heading)))
    assert len(codes) >= least
    assert sorted(codes - named) == []


def test_every_documented_number_is_used() -> None:
    named = set(re.findall(r"`(\d{4,6})`", section("Cloudflare")))
    chained = {"6111"}
    assert sorted(named - answered("cloudflare", r"(\d+)") - chained) == []
