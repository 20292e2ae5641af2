"""The files of the plugin marketplace's format."""

from __future__ import annotations

import json
from typing import Any

from launch.marketplace.listing import Listing, Plugin

SCHEMA = "https://json.schemastore.org/claude-code-marketplace.json"
CATALOGUE = ".claude-plugin/marketplace.json"
NOT_RENDERED = ("features", "category", "prices", "support", "privacy", "terms")
"""Fields of plan/marketplace.yaml that have no place in a marketplace's file. The portal requires most of them."""


def files(listing: Listing) -> dict[str, str]:
    """Return path and content of each file of the marketplace's repository, and of each plugin's manifest."""
    found = {CATALOGUE: _text(catalogue(listing))}
    for plugin in listing.plugins:
        found[f"plugins/{plugin.name}/plugin.json"] = _text(manifest(listing, plugin))
    return found


def catalogue(listing: Listing) -> dict[str, Any]:
    """Return the marketplace's own file."""
    return {
        "$schema": SCHEMA,
        "name": listing.name,
        "description": listing.description,
        "owner": {"name": listing.owner_name, "email": listing.owner_email},
        "plugins": [_entry(listing, plugin) for plugin in listing.plugins],
    }


def manifest(listing: Listing, plugin: Plugin) -> dict[str, Any]:
    """Return the required fields of the plugin's own `.claude-plugin/plugin.json`, besides version and components."""
    found = {
        "name": plugin.name,
        "displayName": plugin.display_name,
        "description": plugin.description,
        "author": {"name": listing.owner_name, "email": listing.owner_email},
        "homepage": plugin.homepage,
        "repository": plugin.repository,
        "license": plugin.license,
        "keywords": list(plugin.keywords),
        "supportUrl": listing.support,
        "privacyPolicyUrl": listing.privacy,
    }
    return found | ({"termsOfServiceUrl": listing.terms} if listing.terms else {})


def _entry(listing: Listing, plugin: Plugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "source": {"source": "github", "repo": plugin.slug},
        "displayName": plugin.display_name,
        "description": plugin.description,
        "author": {"name": listing.owner_name, "email": listing.owner_email},
        "homepage": plugin.homepage,
        "license": plugin.license,
        "keywords": list(plugin.keywords),
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
