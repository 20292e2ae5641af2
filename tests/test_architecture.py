"""The arrows between the rooms. Prevents: production code that comes to depend on the sandbox, or SQL on Pulumi."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
ARROWS = {
    "__main__": {"components"},
    "vendors": {"vendors"},
    "components": {"components", "database", "vendors"},
    "database": {"database"},
    "launch": {"launch", "database", "vendors", "components.settings.settings"},
    "sandbox": {"sandbox"},
}
"""Room and what it may import of the project."""
SANDBOX_VERBS = {"cli", "db", "down", "engine", "env", "recovery", "sandbox", "stack", "up"}
"""Modules of `launch` that build, start, stop or use what stands in for the outside world."""
ROOMS = {arrow.partition(".")[0] for arrows in ARROWS.values() for arrow in arrows} | set(ARROWS)


def imported(code: str, package: str) -> set[str]:
    """Full names of all that `code`, a module of `package`, imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {f"{module}.{name.name}" for name in node.names}
    return found


def forbidden(file: Path, code: str) -> set[str]:
    """What the module `file` (relative to the project) imports against the arrows."""
    parts = file.with_suffix("").parts
    allowed = set(ARROWS[parts[0]])
    if parts[0] == "launch" and parts[1] in SANDBOX_VERBS:
        allowed.add("sandbox")
    names = {name for name in imported(code, ".".join(parts[:-1])) if name.split(".")[0] in ROOMS - {"__main__"}}
    return {name for name in names if not any(f"{name}.".startswith(f"{room}.") for room in allowed)}


def modules() -> list[Path]:
    files = [PROJECT / "__main__.py"]
    for room in sorted(set(ARROWS) - {"__main__"}):
        files += [file for file in (PROJECT / room).rglob("*.py") if "node_modules" not in file.parts]
    return [file.relative_to(PROJECT) for file in files]


@pytest.mark.parametrize("room", sorted(ARROWS))
def test_a_room_imports_only_what_its_arrows_point_at(room: str) -> None:
    own = [file for file in modules() if file.with_suffix("").parts[0] == room]
    wrong = {str(file): found for file in own if (found := forbidden(file, (PROJECT / file).read_text()))}
    assert own
    assert wrong == {}


def test_sql_knows_nothing_of_pulumi_or_the_command_line() -> None:
    files = sorted((PROJECT / "database").rglob("*.py"))
    assert len(files) > 10
    tops = {name.split(".")[0] for file in files for name in imported(file.read_text(), "database")}
    assert tops.isdisjoint({"pulumi", "click", "rich"})


def test_the_sandbox_verbs_that_are_named_exist() -> None:
    assert {name for name in SANDBOX_VERBS if not (PROJECT / "launch" / f"{name}.py").exists()} == set()


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("components/zone.py", "from sandbox.base.home import Home"),
        ("vendors/api.py", "from components.settings.settings import Settings"),
        ("sandbox/cloud/app.py", "from vendors import Access"),
        ("components/zone.py", "def f():\n    import launch.cli"),
        ("database/runner/runner.py", "from components import settings"),
        ("launch/commands/verify.py", "from sandbox import lifecycle"),
        ("launch/commands/verify.py", "from components.zone import Zone"),
        ("launch/verify/checks/dns.py", "from ...sandbox import home"),
        ("sandbox/cloud/app.py", "import database.postgres.connection"),
        ("__main__.py", "from sandbox.base.home import PROJECT"),
    ],
)
def test_an_import_against_the_arrows_is_seen(file: str, code: str) -> None:
    assert forbidden(Path(file), code)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("components/schema.py", "from database.runner.runner import Runner"),
        ("launch/commands/verify.py", "from components.settings.settings import Settings"),
        ("launch/local/up.py", "from sandbox import lifecycle"),
        ("components/zone.py", "from vendors import Cloudflare"),
        ("sandbox/cloud/app.py", "from .store import Store\nfrom ..home import Home"),
    ],
)
def test_an_import_along_the_arrows_is_accepted(file: str, code: str) -> None:
    assert forbidden(Path(file), code) == set()
