"""Names, kinds and sizes of the files."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath

from launch.marketplace.contents.checkout import Checkout
from launch.marketplace.issues import Issue, Level

_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"})
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_READABLE_BINARIES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".ttf", ".otf", ".woff", ".woff2"})
_MOST_FILES = 512
_LARGEST_TEXT = 256 << 10
_LARGEST_FILE = 5 << 20
_LARGEST_ALL = 256 << 20
_LARGEST_ARCHIVE = 50 << 20
_MOST_ENTRIES = 10_000
_LFS = b"version https://git-lfs.github.com/spec/"
_ATTRIBUTE = re.compile(r"(^|\s)-?(export-ignore|export-subst|filter|working-tree-encoding|ident)(=|\s|$)")


def issues(checkout: Checkout) -> Iterator[Issue]:
    """Yield what is wrong with the files themselves."""
    yield from _names(checkout)
    yield from _kinds(checkout)
    yield from _sizes(checkout)
    attributes = {checkout.repository / ".gitattributes", checkout.folder / ".gitattributes"}
    attributes |= {checkout.path(name) for name in checkout.files if PurePosixPath(name).name == ".gitattributes"}
    for path in sorted(attributes):
        if path.is_file() and any(_ATTRIBUTE.search(line) for line in path.read_text("utf-8", "replace").splitlines()):
            fix = "Remove export-ignore, export-subst, filter (Git LFS among them) and the like."
            yield Issue("ATTRIBUTES", Level.STOP, path.name, "rewrites what is fetched", fix)


def _names(checkout: Checkout) -> Iterator[Issue]:
    lower: dict[str, str] = {}
    for name in checkout.files:
        parts = PurePosixPath(name).parts
        if _SYSTEM & set(parts):
            yield Issue("SYSTEM_FILE", Level.BLOCK, name, "is a file of an operating system", "Remove it.")
        if any(":" in part or part[-1] in ". " or _DEVICE.fullmatch(part) for part in parts):
            yield Issue("FILE_NAME", Level.STOP, name, "is not a name on Windows or macOS", "Rename it.")
        if name.lower() in lower:
            what = f"differs from {lower[name.lower()]} in case only"
            yield Issue("FILE_NAME", Level.STOP, name, what, "Rename one of the two.")
        lower.setdefault(name.lower(), name)


def _kinds(checkout: Checkout) -> Iterator[Issue]:
    for name in checkout.files:
        try:
            mode = checkout.path(name).lstat().st_mode
        except OSError:
            yield Issue("FILE_UNREADABLE", Level.UNKNOWN, name, "is not in the folder", "Check the commit out whole.")
            continue
        level = Level.BLOCK if checkout.loaded(name) else Level.WARN
        if stat.S_ISLNK(mode):
            yield Issue("SYMBOLIC_LINK", level, name, "is a symbolic link", "Commit the file itself.")
        elif stat.S_ISDIR(mode):
            yield Issue("SUBMODULE", level, name, "is a submodule", "Commit its files.")
        elif not stat.S_ISREG(mode):
            yield Issue("FILE_KIND", level, name, "is not a regular file", "Remove it.")
        elif checkout.path(name).stat().st_size < 1024 and checkout.path(name).read_bytes().startswith(_LFS):
            yield Issue("LFS_POINTER", level, name, "is a pointer of Git LFS", "Commit the file itself.")


def _sizes(checkout: Checkout) -> Iterator[Issue]:
    if len(checkout.files) > _MOST_FILES:
        what = f"{len(checkout.files)} files"
        yield Issue("MANY_FILES", Level.HOLD, "the folder", what, f"{_MOST_FILES} are read without a person.")
    if len(checkout.files) >= _MOST_ENTRIES:
        yield Issue("TOO_LARGE", Level.STOP, "the folder", f"{len(checkout.files)} files", "10,000 are too many.")
    total = 0
    for name in checkout.files:
        path = checkout.path(name)
        if not path.is_file() or path.is_symlink():
            continue
        size = path.stat().st_size
        total += size
        suffix = path.suffix.lower()
        if size >= _LARGEST_FILE:
            yield Issue("TOO_LARGE", Level.STOP, name, f"has {size} bytes", "A file must be below 5 MiB.")
        elif suffix in _READABLE_BINARIES:
            continue
        elif _binary(checkout, name):
            yield Issue("BINARY", Level.HOLD, name, "is neither text, image nor font", "Commit its source instead.")
        elif size >= _LARGEST_TEXT:
            yield Issue("LONG_FILE", Level.HOLD, name, f"has {size} bytes", "Below 256 KiB it is read by the portal.")
    if total >= _LARGEST_ALL:
        yield Issue("TOO_LARGE", Level.STOP, "the folder", f"{total} bytes", "Unpacked it must be below 256 MiB.")
    elif total >= _LARGEST_ARCHIVE:
        what = f"{total} bytes: whether GitHub packs them below 50 MiB is not known here"
        yield Issue("TOO_LARGE", Level.UNKNOWN, "the folder", what, "Look at the size of the archive at GitHub.")


def _binary(checkout: Checkout, name: str) -> bool:
    with checkout.path(name).open("rb") as file:
        start = file.read(8192)
    if b"\0" in start:
        return True
    try:
        start[: max(0, len(start) - 3)].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start < len(start) - 6
    return False
