"""Numbers such as C12 or R07 are explained. Prevents: a comment that only its author understands."""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest

from contract.paths import PROJECT

PAGES = {"hazards.md": "CNV", "promises.md": "RFLB"}
NUMBER = re.compile(r"\b(?:[CNV][1-9]\d?|[RFL]\d\d|B[1-9])\b")
"""Hazards count from 1; promises have two digits, measurements one."""
OTHERS = {"V8": "the JavaScript engine", "C1": "a control character", "N3": "a name in a test"}
"""Words of the same form with another meaning."""
ENTRY = re.compile(r'^\| <a id="(\w+)"></a>(\w+) \| (.+) \| (.+) \|$', re.MULTILINE)


def entries() -> dict[str, str]:
    """Return each number with its text."""
    found = {}
    for page in PAGES:
        for anchor, number, text, source in ENTRY.findall((PROJECT / "docs" / page).read_text()):
            assert anchor == number.lower()
            assert number not in found, number
            assert len(text) > 15, number
            assert source.strip(), number
            found[number] = text
    return found


def prose(file: Path) -> str:
    """Return the prose of a file: comments, docstrings and names of tests, or all of a page."""
    text = file.read_text()
    if file.suffix != ".py":
        return text
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    words = [each.string for each in tokens if each.type in (tokenize.COMMENT, tokenize.STRING)]
    names = [name.upper() for test in re.findall(r"def (test_\w+)", text) for name in test.split("_")]
    return "\n".join([*(word for word in words if "noqa" not in word), *names])


def cited() -> dict[str, set[str]]:
    """Return each number with the files that cite it."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.sql", "*.md", "*.ts"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    found: dict[str, set[str]] = {}
    for name in listed.stdout.split():
        if name in {f"docs/{page}" for page in PAGES} or not (PROJECT / name).exists():
            continue
        for number in NUMBER.findall(prose(PROJECT / name)):
            found.setdefault(number, set()).add(name)
    return found


def test_every_number_that_is_cited_has_an_entry() -> None:
    unknown = {number: files for number, files in cited().items() if number not in entries() and number not in OTHERS}
    assert unknown == {}


@pytest.mark.parametrize(("page", "letters"), PAGES.items())
def test_the_entries_of_a_page_are_complete_and_in_order(page: str, letters: str) -> None:
    numbers = [number for _, number, _, _ in ENTRY.findall((PROJECT / "docs" / page).read_text())]
    assert "".join(dict.fromkeys(number[0] for number in numbers)) == letters
    for letter in letters:
        own = [int(number[1:]) for number in numbers if number[0] == letter]
        assert own == sorted(own)
        assert len(own) > 5


def test_many_numbers_are_cited_by_code_and_tests() -> None:
    assert len([number for number, files in cited().items() if any(not name.endswith(".md") for name in files)]) > 40
