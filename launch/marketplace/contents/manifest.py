"""Check plugin.json against the listing and the directory's fields, and the files beside it: README, licence, icon."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from launch.marketplace.contents.checkout import MANIFEST, Checkout
from launch.marketplace.issues import Issue, Level
from launch.marketplace.listing import Listing, Plugin
from launch.marketplace.render import manifest as declared

COMPONENTS = ("commands", "agents", "skills", "hooks", "mcpServers", "lspServers", "outputStyles")
"""Keys that declare components."""
_URLS = ("documentationUrl", "supportUrl", "privacyPolicyUrl", "termsOfServiceUrl", "homepage")
_README_WORDS = 40
_ICON_PIXELS = (512, 2048)
_ICON_BYTES = 2_000_000
_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def issues(checkout: Checkout, listing: Listing, plugin: Plugin) -> Iterator[Issue]:
    """Yield how the manifest differs from the listing and from the directory's rules."""
    document, why = checkout.json(MANIFEST)
    if not isinstance(document, dict):
        yield Issue("MANIFEST_INVALID", Level.BLOCK, MANIFEST, why or "is not an object", "Correct it.")
        return
    for key, value in declared(listing, plugin).items():
        if document.get(key) != value:
            level = Level.BLOCK if key in ("name", "privacyPolicyUrl") else Level.WARN
            code = "PRIVACY_URL_MISSING" if key == "privacyPolicyUrl" and not document.get(key) else "MANIFEST_DIFFERS"
            seen = "is missing" if key not in document else f"is {_short(document[key])}"
            fix = f"plan/marketplace.yaml has {_short(value)}: `launch marketplace render` prints it."
            yield Issue(code, level, f"{MANIFEST}: {key}", seen, fix)
    if not _VERSION.fullmatch(str(document.get("version", ""))):
        yield Issue(
            "VERSION_MISSING", Level.WARN, MANIFEST, "has no version", "Set it, and raise it with each release."
        )
    yield from _urls(document)
    yield from _keys(document)
    yield from _icon(checkout, document)


def papers(checkout: Checkout) -> Iterator[Issue]:
    """Check README and licence."""
    readme = next(
        (name for name in checkout.files if re.fullmatch(r"readme(\.(md|markdown|txt))?", name, re.IGNORECASE)), None
    )
    if readme is None:
        yield Issue("README_MISSING", Level.BLOCK, "README.md", "is missing", "Write one: the listing shows it.")
    else:
        text = re.sub(r"^(```|~~~).*?^\1", "", checkout.text(readme), flags=re.MULTILINE | re.DOTALL)
        words = len(re.findall(r"\w+", text))
        if words < _README_WORDS:
            what = f"has {words} words outside code"
            yield Issue("README_TRIVIAL", Level.BLOCK, readme, what, f"Write {_README_WORDS} or more.")
    licensed = any(re.fullmatch(r"(licen[cs]e|copying)(\..+)?", name, re.IGNORECASE) for name in checkout.files)
    if not licensed and not checkout.manifest.get("license"):
        fix = "Add a file LICENSE, or set `license` in plugin.json."
        yield Issue("LICENSE_MISSING", Level.BLOCK, "LICENSE", "is missing", fix)


def _urls(document: dict[str, Any]) -> Iterator[Issue]:
    for key in _URLS:
        url = document.get(key)
        if url is not None and (not isinstance(url, str) or urlsplit(url).scheme != "https"):
            yield Issue("LISTING_URL_SCHEME", Level.BLOCK, f"{MANIFEST}: {key}", f"is {_short(url)}", "Use https.")


def _keys(document: dict[str, Any]) -> Iterator[Issue]:
    known = {key.lower(): key for key in COMPONENTS}
    for key in document:
        right = known.get(key.lower().replace("_", "").replace("-", ""))
        if right and right != key:
            yield Issue("COMPONENT_KEY", Level.BLOCK, f"{MANIFEST}: {key}", "is misspelt", f"Write {right}.")
        if key in ("price", "prices", "pricing", "category"):
            yield Issue(
                "UNKNOWN_FIELD", Level.WARN, f"{MANIFEST}: {key}", "is not a field of the format", "Leave it out."
            )
    experimental = document.get("experimental")
    for key in experimental if isinstance(experimental, dict) else ():
        if key in COMPONENTS:
            yield Issue("COMPONENT_KEY", Level.BLOCK, f"{MANIFEST}: experimental.{key}", "is misplaced", "Move it up.")
    for key in COMPONENTS:
        for path in _paths(document.get(key)):
            if path.startswith("/") or ".." in path.split("/"):
                where = f"{MANIFEST}: {key}"
                yield Issue("PATH_OUTSIDE", Level.BLOCK, where, f"{path} is outside the plugin", "Move it inside.")
    if "hooks/hooks.json" in {path.removeprefix("./") for path in _paths(document.get("hooks"))}:
        where, what = f"{MANIFEST}: hooks", "names hooks/hooks.json, which is loaded anyway"
        yield Issue("HOOKS_TWICE", Level.WARN, where, what, "Leave it out.")


def _paths(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _icon(checkout: Checkout, document: dict[str, Any]) -> Iterator[Issue]:
    icon = document.get("icon")
    if not isinstance(icon, str) or not icon:
        fix = "Add a square PNG or JPEG of 512 to 2048 pixels, and name it as `icon`."
        yield Issue("ICON_MISSING", Level.WARN, MANIFEST, "names no icon", fix)
        return
    name = icon.removeprefix("./")
    if not checkout.has(name):
        yield Issue("ICON_INVALID", Level.BLOCK, f"{MANIFEST}: icon", f"{icon} is not there", "Commit the file.")
        return
    data = checkout.path(name).read_bytes()
    size = _pixels(data)
    smallest, largest = _ICON_PIXELS
    if size is None or size[0] != size[1] or not smallest <= size[0] <= largest or len(data) >= _ICON_BYTES:
        seen = "no PNG or JPEG" if size is None else f"{size[0]} × {size[1]} pixels, {len(data)} bytes"  # noqa: RUF001
        yield Issue("ICON_INVALID", Level.BLOCK, name, seen, "A square of 512 to 2048 pixels below 2 MB is wanted.")


def _pixels(data: bytes) -> tuple[int, int] | None:
    """Return the width and height of a PNG or JPEG."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
