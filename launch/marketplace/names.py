"""Rules for names: Claude Code's and the directory's. The validator accepts some names that a submission refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from launch.marketplace.issues import Issue, Level

LONGEST = 64
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RESERVED_MARKETPLACES = frozenset(
    """
    claude-code-marketplace claude-code-plugins claude-plugins-official claude-plugins-community claude-community
    claude-plugin-directory claude-tag-plugins claude-for-legal claude-for-financial-services anthropic-marketplace
    anthropic-plugins anthropic-agent-skills anthropic-plugin-directory agent-skills knowledge-work-plugins
    life-sciences healthcare financial-services-plugins first-party-plugins npm pip uv cargo github gh inline builtin
    skills-dir synced
    """.split()  # noqa: SIM905 -- read more easily than thirty quoted words
)
_RESERVED_PREFIXES = ("claude-", "anthropic-", "anthropics-", "cc-plugin-")
_PRODUCTS = frozenset({"claude", "anthropic", "anthropics"})
_GENERIC = frozenset({"official", "plugin", "plugins", "mcp", "test", "tool", "tools", "agent", "skill", "skills"})


def marketplace_name(name: str) -> Iterator[Issue]:
    """Yield what is wrong with the name of a marketplace."""
    yield from _form(name, "marketplace")
    if name in _RESERVED_MARKETPLACES or name.startswith("claudeai-"):
        yield Issue("NAME_RESERVED", Level.BLOCK, name, "the name is reserved", "Name the marketplace after its owner.")


def plugin_names(names: Sequence[str]) -> Iterator[Issue]:
    """Yield what is wrong with the names of the plugins of one marketplace."""
    seen: dict[str, str] = {}
    for name in names:
        yield from _plugin(name)
        bare = re.sub(r"[^a-z0-9]", "", name.lower())
        if bare in seen:
            what = f"differs from {seen[bare]!r} in case and punctuation only"
            yield Issue("NAME_TAKEN", Level.BLOCK, name, what, "Give one of the two another name.")
        seen.setdefault(bare, name)


def _plugin(name: str) -> Iterator[Issue]:
    yield from _form(name, "plugin")
    if name in _PRODUCTS or name in _GENERIC or name in _RESERVED_MARKETPLACES:
        yield Issue("NAME_RESERVED", Level.BLOCK, name, "the name is reserved", "Build it around the product's name.")
    elif name.startswith(_RESERVED_PREFIXES):
        what = "the name presents the plugin as the vendor's own"
        yield Issue("NAME_RESERVED", Level.BLOCK, name, what, "Leave the prefix out.")
    elif _PRODUCTS & set(name.split("-")):
        what = "the name contains a name of the vendor"
        yield Issue("NAME_CONFUSING", Level.WARN, name, what, "Leave it out.")
    elif set(name.split("-")) <= _GENERIC:
        yield Issue("NAME_GENERIC", Level.HOLD, name, "all words are generic", "Add the product's own name.")


def _form(name: str, kind: str) -> Iterator[Issue]:
    if not name.isascii():
        what = f"the {kind}'s name has characters outside ASCII"
        yield Issue("NAME_NOT_ASCII", Level.BLOCK, name, what, "Use a-z, 0-9 and hyphens.")
    elif not _NAME.fullmatch(name):
        what = f"the {kind}'s name is not in kebab-case"
        yield Issue("NAME_FORM", Level.BLOCK, name, what, "Use a-z and 0-9, with single hyphens between.")
    if len(name) > LONGEST:
        what = f"the {kind}'s name has {len(name)} characters"
        yield Issue("NAME_LONG", Level.BLOCK, name, what, f"Use {LONGEST} at most.")
