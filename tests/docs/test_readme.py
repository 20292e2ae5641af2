"""An operator follows the README at the worst moment: each command and variable that it names must exist, and each
variable that the program reads must be in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launch.cli import VERBS
from sandbox.base.home import DEFAULT_PORT_BASE

PROJECT = Path(__file__).parent.parent.parent
README = (PROJECT / "README.md").read_text()
GUIDES = {"README.md": README, **{file.name: file.read_text() for file in (PROJECT / "docs").glob("*.md")}}
VARIABLE = re.compile(r"\bLAUNCH_[A-Z_]*[A-Z]\b")


def code(text: str) -> str:
    """Return the code of a page: spans and blocks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


@pytest.mark.parametrize("page", sorted(GUIDES))
def test_every_make_target_and_verb_that_a_page_names_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = code(GUIDES[page])
    assert set(re.findall(r"\bmake ([a-z.][\w./-]*)", named)) <= targets
    assert set(re.findall(r"(?:^|[`(/ ])launch ([a-z]+)", named)) <= set(VERBS)


def test_every_variable_that_the_code_reads_is_in_the_readme_and_no_other() -> None:
    rooms = ("contract", "toolchain", "launch", "sandbox", "database", "components", "vendors")
    files = [file for room in rooms for file in (PROJECT / room).rglob("*.py") if "node_modules" not in file.parts]
    read = {name for file in files for name in VARIABLE.findall(file.read_text())}
    assert len(read) > 5
    assert set(re.findall(r"^\| `(LAUNCH_\w+)` \|", README, re.MULTILINE)) == read


def test_the_remedy_for_a_busy_port_leads_to_other_ports() -> None:
    (base,) = re.findall(r"LAUNCH_SANDBOX_PORT_BASE=(\d+)", README)
    assert abs(int(base) - DEFAULT_PORT_BASE) > 100
