"""The arrows between the rooms. Prevents: production code that needs the sandbox, SQL code that depends on Pulumi,
circles between folders, and a file of a room that outsiders import.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from contract.paths import PROJECT
from launch.cli import SANDBOX_PACKAGES

ARROWS: dict[str, set[str]] = {
    "__main__": {"components", "contract"},
    "review": {"components", "contract", "database", "vendors"},
    "contract": {"contract"},
    "toolchain": {"toolchain", "contract"},
    "database": {"database", "contract"},
    "vendors": {"vendors", "contract"},
    "components": {"components", "database", "vendors", "contract"},
    "launch": {"launch", "components.settings", "database", "vendors", "toolchain", "contract"},
    "launch.local": {"launch", "components.settings", "database", "vendors", "toolchain", "contract", "sandbox"},
    "sandbox": {"sandbox", "toolchain", "contract"},
    "tools": {"tools", "components", "database", "vendors", "launch", "sandbox", "toolchain", "contract"},
}
"""Each room, and the project's rooms that it may import. The entry with the longest matching name applies."""
FLOORS: dict[str, set[str]] = {
    "launch.report": {"launch.report"},
    "launch.stack": {"launch.stack"},
    "launch.drift": {
        "launch.drift",
        "launch.strangers",
        "launch.verify",
        "launch.picture",
        "launch.looks",
        "launch.stack",
        "launch.report",
    },
    "launch.adopt": {"launch.adopt", "launch.verify", "launch.stack", "launch.report"},
    "launch.analytics": {"launch.analytics", "launch.verify", "launch.stack", "launch.report"},
    "launch.looks": {"launch.looks", "launch.report"},
    "launch.picture": {"launch.picture"},
    "launch.home": {"launch.home", "launch.status", "launch.picture", "launch.looks", "launch.report"},
    "launch.status": {"launch.status", "launch.looks", "launch.inputs", "launch.report"},
    "launch.verify": {"launch.verify", "launch.stack", "launch.report"},
    "launch.strangers": {"launch.strangers"},
    "launch.history": {"launch.history", "launch.stack", "launch.report"},
    "launch.rollback": {"launch.rollback", "launch.history", "launch.stack", "launch.report"},
    "launch.review": {"launch.review", "launch.selection", "launch.stack", "launch.report"},
    "launch.preview": {"launch.preview", "launch.stack", "launch.report"},
    "launch.publish": {"launch.publish", "launch.report"},
    "launch.deploy": {"launch.deploy", "launch.preview", "launch.verify", "launch.stack", "launch.report"},
    "launch.mirror": {"launch.mirror", "launch.report"},
    "launch.rehearse": {"launch.rehearse", "launch.verify", "launch.stack", "launch.report"},
    "launch.local": {
        "launch.local",
        "launch.rehearse",
        "launch.drift",
        "launch.strangers",
        "launch.verify",
        "launch.stack",
        "launch.report",
    },
    "launch.selection": {"launch.selection", "launch.local", "launch.stack", "launch.report"},
}
"""Within `launch`, from the verb down: room, and what it may import of `launch`."""
AT_THE_TOP = {
    ".ci",
    ".github",
    ".gitignore",
    ".squawk.toml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "Pulumi.prod.yaml",
    "Pulumi.sandbox.yaml",
    "Pulumi.yaml",
    "README.md",
    "__main__.py",
    "pgrls.toml",
    "pyproject.toml",
    "requirements.txt",
}
"""What stands beside the rooms, each because a tool or a reader looks for it there."""
ROOMS = {name.partition(".")[0] for name in ARROWS}


def dotted(file: Path) -> str:
    """Return the module's full name."""
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> Mapping[str, Path]:
    """Return full name and file (relative to the project) of every module of the rooms."""
    files = [Path("__main__.py")]
    for room in sorted(ROOMS - {"__main__"}):
        files += [
            file.relative_to(PROJECT) for file in (PROJECT / room).rglob("*.py") if "node_modules" not in file.parts
        ]
    return {dotted(file): file for file in files}


def imported(code: str, package: str) -> Iterator[tuple[str, str]]:
    """Return module and name of every import in `code`, a module of `package`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from ((module, name.name) for name in node.names)


def package_of(module: str, file: Path) -> str:
    """Return the folder of a module, as a package."""
    return module if file.name == "__init__.py" else module.rpartition(".")[0]


def within(name: str, rooms: Iterable[str]) -> bool:
    """Return whether a module is one of these rooms or in one."""
    return any(f"{name}.".startswith(f"{room}.") for room in rooms)


def longest(table: Mapping[str, set[str]], module: str) -> set[str] | None:
    """Return the entry of the table that applies to the module."""
    found = [room for room in table if within(module, [room])]
    return table[max(found, key=len)] if found else None


def forbidden(file: Path, code: str) -> set[str]:
    """Return the imports of the module `file` (relative to the project) against the arrows."""
    module = dotted(file)
    allowed = longest(ARROWS, module) or set()
    floor = longest(FLOORS, module)
    names = {f"{base}.{name}" if name else base for base, name in imported(code, package_of(module, file))}
    ours = {name for name in names if name.partition(".")[0] in ROOMS - {"__main__"}}
    wrong = {name for name in ours if not within(name, allowed)}
    if floor is not None:
        wrong |= {name for name in ours if within(name, ["launch"]) and not within(name, floor)}
    return wrong


def test_every_room_imports_only_what_its_arrows_point_at() -> None:
    wrong = {
        str(file): found for file in modules().values() if (found := forbidden(file, (PROJECT / file).read_text()))
    }
    assert len(modules()) > 300
    assert wrong == {}


def test_no_two_folders_import_each_other() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for module, file in modules().items():
        here = package_of(module, file)
        for base, name in imported((PROJECT / file).read_text(), here):
            target = f"{base}.{name}" if f"{base}.{name}" in modules() else base
            if target in modules() and (there := package_of(target, modules()[target])) != here:
                graph[here].add(there)
    assert len(graph) > 30
    assert list(circles(graph)) == []


def circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Return folders from which an import leads back to the same folder, with the path."""
    for start in sorted(graph):
        ways = [[start]]
        seen: set[str] = set()
        while ways:
            way = ways.pop()
            for following in sorted(graph.get(way[-1], ())):
                if following == start:
                    yield [*way, start]
                    ways = []
                    break
                if following not in seen:
                    seen.add(following)
                    ways.append([*way, following])


def test_a_circle_is_detected() -> None:
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == [["b", "c", "b"], ["c", "b", "c"]]


def doors() -> dict[str, set[str]]:
    """Return each folder with an `__init__.py` that offers names, and these names."""
    found = {}
    for module, file in modules().items():
        if file.name == "__init__.py":
            for node in ast.parse((PROJECT / file).read_text()).body:
                if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == ["__all__"]:
                    found[module] = set(ast.literal_eval(node.value))
    return found


def test_names_that_a_room_offers_are_imported_from_the_room() -> None:
    offered = doors()
    past = {
        f"{file}: {base}.{name}"
        for module, file in modules().items()
        for base, name in imported((PROJECT / file).read_text(), package_of(module, file))
        if (room := base.rpartition(".")[0]) in offered
        and base in modules()
        and base not in offered
        and not within(module, [room])
    }
    assert len(offered) > 25
    assert past == set()


def test_no_folder_is_larger_than_a_room() -> None:
    count: dict[str, int] = defaultdict(int)
    for module, file in modules().items():
        if file.name not in {"__init__.py", "__main__.py"}:
            count[package_of(module, file)] += 1
    assert {folder: files for folder, files in count.items() if files > 14} == {}


def test_every_file_at_the_top_is_a_room_or_one_that_tools_look_for_there() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    top = {name.partition("/")[0] for name in tracked.split("\0") if name}
    described = {room for room in top if f"| `{room}/" in (PROJECT / "CONTRIBUTING.md").read_text()}
    assert top - described - AT_THE_TOP == set()


def test_sql_knows_nothing_of_pulumi_or_the_command_line() -> None:
    own = {module: file for module, file in modules().items() if within(module, ["database"])}
    assert len(own) > 40
    tops = {
        base.partition(".")[0]
        for file in own.values()
        for base, _ in imported((PROJECT / file).read_text(), "database")
    }
    assert tops.isdisjoint({"pulumi", "click", "rich"})


_WITHOUT = """
import sys
blocked = set(sys.argv[1].split(","))
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv = ["launch", *sys.argv[2:]]
from launch.cli import main
main()
"""


LOCAL = {"up", "down", "sandbox"}
"""Verbs of the sandbox itself."""
NOWHERE = "there is no stack nowhere"
FOR_PRODUCTION = (
    ("verify --stack nowhere", NOWHERE),
    ("drift --stack nowhere", NOWHERE),
    ("preview --stack nowhere", NOWHERE),
    ("deploy --stack nowhere --reviewed none.json", "none.json"),
    ("history --stack nowhere", NOWHERE),
    ("rollback plan --stack nowhere", NOWHERE),
    ("rollback apply --stack nowhere", NOWHERE),
    ("rollback rescue users --at 2026-01-01T00:00:00Z --stack nowhere", NOWHERE),
    ("review create 7 --branch x --stack nowhere", NOWHERE),
    ("review sweep --stack nowhere", NOWHERE),
    ("adopt plan --stack nowhere", "no stack"),
    ("analytics rotate --stack nowhere", NOWHERE),
    ("mirror twin --stack nowhere", NOWHERE),
    ("rehearse --stack nowhere", "a rehearsal needs the sandbox"),
    ("runbook --stack nowhere", NOWHERE),
    ("status --stack nowhere", "nowhere"),
    ("open --stack ../up", "is not a name of a stack"),
    ("smoke --plan none.yaml", "none.yaml"),
    ("marketplace status --record .", "Error: "),
    ("env --engine-only", "export PATH="),
    ("db check", "Run `pip install '.[sandbox]'`."),
    ("db status --url postgresql://owner@127.0.0.1:1/neondb", "cannot connect"),
    ("db plan --stack nowhere", NOWHERE),
)


def test_every_verb_is_either_the_sandbox_s_or_shown_to_run_without_it() -> None:
    from launch import cli

    assert {arguments.split()[0] for arguments, _ in FOR_PRODUCTION} | LOCAL == set(cli.VERBS)


@pytest.mark.parametrize(("arguments", "expected"), FOR_PRODUCTION)
def test_a_verb_for_production_runs_without_the_sandbox_and_its_packages(
    arguments: str, expected: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, ",".join(SANDBOX_PACKAGES), *arguments.split()],
        cwd=PROJECT,
        env=os.environ | {"PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_CONFIG_PASSPHRASE": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert expected in done.stdout + done.stderr
    assert "No module named" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_package_would_be_detected() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, "click", "--help"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert "No module named 'click'" in done.stderr


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("components/zone.py", "from sandbox.base import Home"),
        ("vendors/api.py", "from components.settings import Settings"),
        ("sandbox/cloud/app.py", "from vendors import Access"),
        ("components/zone.py", "def f():\n    import launch.cli"),
        ("database/runner/runner.py", "from components import settings"),
        ("launch/commands/verify.py", "from sandbox.processes import lifecycle"),
        ("launch/commands/verify.py", "from components.zone import Zone"),
        ("launch/report/findings.py", "from launch.stack import Stack"),
        ("launch/stack/stack.py", "from launch.local import of_running_sandbox"),
        ("launch/verify/checks/dns.py", "from ....sandbox import base"),
        ("sandbox/cloud/app.py", "import database.postgres"),
        ("contract/hosts.py", "from components.settings import Settings"),
        ("__main__.py", "from sandbox.base import Home"),
    ],
)
def test_an_import_against_the_arrows_is_detected(file: str, code: str) -> None:
    assert forbidden(Path(file), code)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("components/schema.py", "from database.runner import Runner"),
        ("launch/commands/verify.py", "from components.settings import Settings"),
        ("components/zone.py", "from vendors import Cloudflare"),
        ("launch/local/up.py", "from sandbox.processes import lifecycle"),
        ("sandbox/cloud/app.py", "from ..state import Store\nfrom ..base import Home"),
    ],
)
def test_an_import_along_the_arrows_is_accepted(file: str, code: str) -> None:
    assert forbidden(Path(file), code) == set()
