"""The rules for plan/marketplace.yaml itself, beyond the form of the file."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from launch.marketplace.issues import Issue, Level, findings
from launch.marketplace.listing import Listing, Plugin
from launch.marketplace.names import marketplace_name, plugin_names
from launch.report import Finding, Verdict

_REGISTRY_DESCRIPTION = 100
"""Maximum length in characters in the MCP registry."""


def data_findings(listing: Listing) -> tuple[Finding, ...]:
    """Return one finding for each subject without a blocking issue, and one for each issue."""
    found = list(_judged(listing.name, [*marketplace_name(listing.name), *_marketplace(listing)]))
    by_name = {plugin.name: list(_plugin(listing, plugin)) for plugin in listing.plugins}
    for issue in plugin_names([plugin.name for plugin in listing.plugins]):
        by_name[issue.where].append(issue)
    for name, issues in by_name.items():
        found += _judged(name, issues)
    return tuple(found)


def _judged(subject: str, issues: list[Issue]) -> Iterator[Finding]:
    if not any(issue.level in (Level.BLOCK, Level.STOP) for issue in issues):
        detail = "name, pages and texts keep the rules"
        yield Finding(subject=subject, name="data", verdict=Verdict.PASSED, detail=detail)
    yield from findings(subject, issues)


def _marketplace(listing: Listing) -> Iterator[Issue]:
    domain = listing.owner_email.rpartition("@")[2]
    if domain != listing.domain:
        what = f"the support address is at {domain}, not at {listing.domain}"
        yield Issue("SUPPORT_DOMAIN", Level.BLOCK, "owner.email", what, "Correct one of the two.")
    pages = {"support": listing.support, "privacy": listing.privacy, "terms": listing.terms}
    for field, url in pages.items():
        if url and not _below(url, listing.domain):
            what = f"{url} is not at {listing.domain}"
            yield Issue("LISTING_URL_HOST", Level.BLOCK, field, what, "Name a page of the domain.")


def _plugin(listing: Listing, plugin: Plugin) -> Iterator[Issue]:
    if not _below(plugin.homepage, listing.domain):
        what = f"{plugin.homepage} is not at {listing.domain}"
        yield Issue("LISTING_URL_HOST", Level.BLOCK, "homepage", what, "Name a page of the domain.")
    if plugin.slug.rpartition("/")[2] != plugin.name:
        what = f"the repository {plugin.slug} has another name than the plugin"
        yield Issue("REPOSITORY_NAME", Level.WARN, "repository", what, "People look for it by its name.")
    if len(plugin.description) > _REGISTRY_DESCRIPTION:
        what = f"has {len(plugin.description)} characters"
        fix = f"The MCP registry allows {_REGISTRY_DESCRIPTION}: write a shorter one if it is ever entered there."
        yield Issue("DESCRIPTION_LONG", Level.WARN, "description", what, fix)


def _below(url: str, domain: str) -> bool:
    labels, top = (urlsplit(url).hostname or "").split("."), domain.split(".")
    return labels[-len(top) :] == top
