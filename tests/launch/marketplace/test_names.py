"""Names. Prevents: a plugin that cannot be submitted under its established name."""

from __future__ import annotations

import pytest

from launch.marketplace.issues import Level
from launch.marketplace.names import marketplace_name, plugin_names
from tests.launch.marketplace.plugin import LISTING

B, H, W = Level.BLOCK, Level.HOLD, Level.WARN


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lisa", []),
        ("carlos-2", []),
        ("a" * 64, []),
        ("a" * 65, [("NAME_LONG", B)]),
        ("Lisa", [("NAME_FORM", B)]),
        ("lisa-", [("NAME_FORM", B)]),
        ("lisa--x", [("NAME_FORM", B)]),
        ("", [("NAME_FORM", B)]),
        ("lisa rescue", [("NAME_FORM", B)]),
        ("lіsa", [("NAME_NOT_ASCII", B)]),  # noqa: RUF001 -- the second letter is Cyrillic
        ("claude", [("NAME_RESERVED", B)]),
        ("claude-lisa", [("NAME_RESERVED", B)]),
        ("cc-plugin-lisa", [("NAME_RESERVED", B)]),
        ("agent-skills", [("NAME_RESERVED", B)]),
        ("lisa-for-claude", [("NAME_CONFUSING", W)]),
        ("claudette", []),
        ("test-plugin", [("NAME_GENERIC", H)]),
        ("mcp", [("NAME_RESERVED", B)]),
    ],
)
def test_each_rule_for_plugins(name: str, expected: list[tuple[str, Level]]) -> None:
    assert [(issue.code, issue.level) for issue in plugin_names([name])] == expected


def test_names_that_differ_in_case_and_punctuation_only_are_the_same() -> None:
    issues = list(plugin_names(["lisa-rescue", "carlos", "lisarescue"]))
    assert [(issue.code, issue.where) for issue in issues] == [("NAME_TAKEN", "lisarescue")]


@pytest.mark.parametrize("name", ["npm", "claude-code-plugins", "claudeai-team", "synced", "life-sciences"])
def test_reserved_names_of_marketplaces_are_refused(name: str) -> None:
    assert [issue.code for issue in marketplace_name(name)] == ["NAME_RESERVED"]


def test_our_own_names_keep_every_rule() -> None:
    assert list(marketplace_name(LISTING.name)) == []
    assert list(plugin_names([plugin.name for plugin in LISTING.plugins])) == []
    assert {plugin.name for plugin in LISTING.plugins} == {"lisa", "carlos", "conductor"}
