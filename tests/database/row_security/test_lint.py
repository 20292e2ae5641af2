"""Third-party linters on our schema: pgrls on the secured database, squawk on the declared files.

Prevents: a flaw that others know and we do not. Exceptions are in pgrls.toml and .squawk.toml.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.database.conftest import Database, copy

TOOLS = Path(sys.executable).parent


def pgrls(database: Database, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(TOOLS / "pgrls"), "lint", *options]
    environment = {**os.environ, "DATABASE_URL": database.owner}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_r40_pgrls_finds_nothing_beyond_the_written_exceptions(secured: Database) -> None:
    done = pgrls(secured)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ("alter table public.tasks no force row level security", "SEC002"),
        ("alter policy tasks_select on public.tasks using (true)", "SEC004"),
    ],
)
def test_r40_pgrls_is_red_on_a_broken_schema(template: Database, broken: str, rule: str) -> None:
    for database in copy(template):
        database.execute(broken)
        done = pgrls(database)
        assert done.returncode != 0
        assert rule in done.stdout


def test_every_exception_of_pgrls_is_still_needed(secured: Database, tmp_path: Path) -> None:
    """Without its exceptions pgrls names each excepted object."""
    rules = tomllib.loads(Path("pgrls.toml").read_text())["lint"]["rules"]
    bare = tmp_path / "pgrls.toml"
    bare.write_text('[database]\nschemas = ["public"]\n')
    output = pgrls(secured, "--config", str(bare)).stdout
    for rule, settings in rules.items():
        for thing in settings["allowlist"]:
            assert f"{rule}  {thing}" in output, f"{rule} no longer complains about {thing}"


def test_squawk_finds_nothing_in_the_declared_files() -> None:
    files = sorted(map(str, Path("sql/security").rglob("*.sql")))
    assert len(files) >= 20
    command = [str(TOOLS / "squawk"), "--config", ".squawk.toml", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
