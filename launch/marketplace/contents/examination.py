"""Every rule about a plugin's contents, in the order of the portal's own checklist."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from launch.marketplace.contents import components, layout, manifest, programs, secrets
from launch.marketplace.contents.checkout import MANIFEST, Checkout
from launch.marketplace.issues import Issue, Level, findings
from launch.marketplace.listing import Listing, Plugin
from launch.report import Finding, Verdict

RULES: dict[str, Callable[[Checkout], Iterator[Issue]]] = {
    "folder and files": layout.issues,
    "README and licence": manifest.papers,
    "what it runs": programs.issues,
    "credentials": secrets.issues,
    "components": components.issues,
}


def examine(listing: Listing, plugin: Plugin, checkout: Checkout) -> list[Finding]:
    """Return a finding for each group of rules without a blocking issue, and one for each issue."""
    if not checkout.has(MANIFEST):
        missing = Issue("MANIFEST_MISSING", Level.BLOCK, MANIFEST, "is missing", "Submit the folder that has one.")
        return findings(plugin.name, [missing])
    found = _judged(plugin.name, "manifest", list(manifest.issues(checkout, listing, plugin)))
    for group, rule in RULES.items():
        found += _judged(plugin.name, group, list(rule(checkout)))
    return found


def _judged(subject: str, group: str, issues: list[Issue]) -> list[Finding]:
    if any(issue.level in (Level.STOP, Level.BLOCK, Level.UNKNOWN) for issue in issues):
        return findings(subject, issues)
    passed = Finding(subject=subject, name=group, verdict=Verdict.PASSED, detail="nothing blocks")
    return [passed, *findings(subject, issues)]
