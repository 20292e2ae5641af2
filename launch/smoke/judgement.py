"""Compare a run's results with the matrix. Every decision is based on files and fields, never on prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from launch.smoke.matrix import Left, Sections, Test

LARGEST = 8 << 20
"""Maximum size in bytes of a file that is read."""
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_FENCE = re.compile(r"^( {0,3})(```+|~~~+).*?^ {0,3}\2[ \t]*$", re.MULTILINE | re.DOTALL)
_PLACEHOLDER = re.compile(
    r"\b(?:TODO|TBD|FIXME|XXX)\b"
    r"|\blorem ipsum\b"
    r"|\{\{[^{}\n]{0,80}\}\}"
    r"|\[(?:insert|your|placeholder|name|date|company|product|describe|add)\b[^\]\n]{0,80}\](?!\()"
    r"|<(?:insert|your|placeholder|name|date|company|product)\b[^>\n]{0,80}>",
    re.IGNORECASE,
)


def faults(test: Test, folder: Path, changed: Mapping[str, str]) -> Iterator[str]:
    """Yield what is missing or wrong among the files that the run created or changed (path to digest)."""
    for left in test.leaves:
        found = [name for name in changed if any(fnmatchcase(name, pattern) for pattern in left.patterns)]
        if not found:
            yield f"left no {' or '.join(left.patterns)}"
            continue
        wrong = {name: list(_file(folder / name, left, placeholders=test.no_placeholders)) for name in found}
        if all(wrong.values()):
            yield from (f"{name}: {fault}" for name, faults_of in wrong.items() for fault in faults_of)


def _file(path: Path, left: Left, *, placeholders: bool) -> Iterator[str]:
    try:
        if path.stat().st_size > LARGEST:
            yield f"is larger than {LARGEST >> 20} MiB"
            return
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        yield "is not text in UTF-8"
        return
    except OSError as error:
        yield f"cannot be read ({error.strerror})"
        return
    if not text.strip():
        yield "is empty"
    elif "\0" in text:
        yield "is not text"
    elif path.suffix == ".json":
        yield from _json(text)
    else:
        yield from _markdown(text, left.sections)
        if placeholders and (found := _PLACEHOLDER.search(_without_code(text))):
            yield f"holds a placeholder: {found[0]}"


def _json(text: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        yield "is not valid JSON"
        return
    if not isinstance(document, (dict, list)) or not document:
        yield "holds nothing"


def _markdown(text: str, wanted: Sections | None) -> Iterator[str]:
    plain = _without_code(text)
    headings = list(_HEADING.finditer(plain))
    if not headings:
        yield "has no heading"
        return
    if all(not line.strip() or _HEADING.fullmatch(line) for line in plain.splitlines()):
        yield "has headings and nothing below them"
    if wanted is not None:
        yield from _sections(plain, headings, wanted)


def _sections(text: str, headings: list[re.Match[str]], wanted: Sections) -> Iterator[str]:
    # "Phase 1", "1. Phase", "Epic E1: …"; a heading such as "Phases" or "Epics overview" only introduces them.
    name = re.compile(rf"^[\W\d_]*{re.escape(wanted.heading)}(?![a-z])[^\w\n]*\w", re.IGNORECASE)
    found = [n for n, heading in enumerate(headings) if name.match(heading[2])]
    if found:
        level = min(len(headings[n][1]) for n in found)
        found = [n for n in found if len(headings[n][1]) == level]
    most = wanted.at_most
    if len(found) < wanted.at_least or (most is not None and len(found) > most):
        bounds = f"{wanted.at_least} to {most}" if most is not None else f"{wanted.at_least} or more"
        yield f"has {len(found)} sections {wanted.heading!r}, not {bounds}"
    if not wanted.each:
        return
    lacking = [headings[n][2] for n in found if not _has_list(_body(text, headings, n), wanted.each)]
    for title in lacking:
        yield f"{title[:80]!r} has no {wanted.each.lower()}"


def _body(text: str, headings: list[re.Match[str]], number: int) -> str:
    """Return the text below a heading, down to the next heading of its level or above."""
    level = len(headings[number][1])
    ends = (each.start() for each in headings[number + 1 :] if len(each[1]) <= level)
    return text[headings[number].end() : next(ends, len(text))]


def _has_list(body: str, title: str) -> bool:
    """Return whether the title is there, with a list below it before the next heading of the same kind."""
    pattern = rf"{re.escape(title)}[^\n]*\n(?:[ \t]*\n)*[ \t]*(?:[-*+]|\d+[.)]|\|)[ \t]*\S"
    return bool(re.search(pattern, body, re.IGNORECASE))


def _without_code(text: str) -> str:
    return _FENCE.sub("", text)
