"""Rollbacks. Prevents: a bad deployment that stays up while somebody searches for the right command."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.kills import ROLLBACK_SECONDS, Point, good, killed, of_rollback
from tests.end_to_end.reviewing import checkout, environment, rows, snapshot
from tests.end_to_end.world import Done, Launch, run


@dataclass(frozen=True)
class Bad:
    """A production after a bad deployment."""

    launch: Launch
    wanted: dict[str, str]
    bad: dict[str, str]
    folder: Path


def bad_update(launch: Launch, folder: Path) -> None:
    """Deploy a bad Worker and a bad environment, from a checkout that has both."""
    checkout(folder)
    conductor = folder / "workers/conductor/index.js"
    conductor.write_text(f"// bad\n{conductor.read_text()}")
    settings = folder / "Pulumi.sandbox.yaml"
    settings.write_text(f"{settings.read_text().rstrip()}\n  prductr:enableRateLimiting: false\n")
    command = ("pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "sandbox")
    run(*command, environment=environment(launch, folder), folder=folder)


@pytest.fixture(scope="module")
def bad(first_up: tuple[Launch, Done], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bad]:
    launch, _ = first_up
    wanted, folder = good(launch), tmp_path_factory.mktemp("bad") / "checkout"
    bad_update(launch, folder)
    yield Bad(launch, wanted, good(launch), folder)
    # The program is rolled back as well: this checkout never had the change.
    launch.pulumi("up", "--yes", "--skip-preview")
    launch.pulumi("preview", "--expect-no-changes")


def test_a_plan_names_automatic_and_manual_steps_and_changes_nothing(bad: Bad) -> None:
    before = bad.launch.changes()
    plan = json.loads(bad.launch.launch("rollback", "plan", "--json").stdout)["plan"]
    assert bad.launch.changes() == before
    steps: dict[str, list[dict[str, Any]]] = {}
    for step in plan["steps"]:
        steps.setdefault(step["how"], []).append(step)
    moved = {step["subject"]: step["wanted"] for step in steps["by itself"]}
    assert moved["Worker conductor"] == bad.wanted["conductor"]
    assert moved["site prductr-com"] == bad.wanted["dashboard"]
    assert "site prductr-landing" not in moved
    (setting,) = [step for step in steps["needs a person"] if step["subject"] == "prductr:enableRateLimiting"]
    assert "pulumi config set prductr:enableRateLimiting true" in setting["remedy"]
    assert [step["subject"] for step in steps["is as it was"] if step["subject"] == "schema"] == ["schema"]


@pytest.mark.parametrize("seed", [5])
def test_a_killed_rollback_is_resumed(bad: Bad, seed: int) -> None:
    """`make kills` runs the whole matrix."""
    row = of_rollback(bad.launch, Point.of(seed, ROLLBACK_SECONDS), bad.wanted, bad.bad)
    assert not row.flaw, row.text


def test_a_rollback_restores_the_good_versions_and_a_second_one_does_nothing(bad: Bad) -> None:
    done = json.loads(bad.launch.launch("rollback", "apply", "--json").stdout)
    assert good(bad.launch) == bad.wanted
    assert done["verdict"] == "passed"
    before = bad.launch.changes()
    bad.launch.launch("rollback", "apply", "--json")
    assert bad.launch.changes() == before


def test_a_row_deleted_by_mistake_comes_back_and_later_writes_stay(bad: Bad) -> None:
    launch = bad.launch
    url = launch.outputs()["owner_database_url"]
    insert = "insert into public.users (id, email) values ('{0}', '{0}@customer.example') returning id"
    rows(launch, url, insert.format("deleted"))
    time.sleep(1.1)  # Neon's moments have a resolution of one second
    then = datetime.now(UTC).isoformat(timespec="seconds")
    time.sleep(1.1)
    rows(launch, url, "delete from public.users where id = 'deleted' returning id")
    rows(launch, url, insert.format("later"))
    counted = json.loads(launch.launch("rollback", "rescue", "users", "--at", then, "--json").stdout)
    assert (counted["rows"], counted["applied"]) == ({"users": 1}, False)
    launch.launch("rollback", "rescue", "users", "--at", then, "--apply")
    assert rows(launch, url, "select id from public.users where id in ('deleted', 'later') order by 1") == [
        ("deleted",),
        ("later",),
    ]
    assert [each["name"] for each in branches(launch)] == ["main"]


BAD_MIGRATION = """
update public.users set name = 'overwritten';
alter table public.projects drop column description;
"""
RESTORED = Point(0, {"match": {"method": "POST", "path": "/restore"}, "action": "timeout_after", "seconds": 120})
NAMED = "select name from public.users where id = 'named'"
DESCRIBED = "select 1 from information_schema.columns where (table_name, column_name) = ('projects', 'description')"


def test_a_bad_migration_is_undone_and_later_writes_are_counted_and_kept(bad: Bad, tmp_path: Path) -> None:
    launch = bad.launch
    launch.pulumi("up", "--yes", "--skip-preview")
    url = launch.outputs()["owner_database_url"]
    insert = "insert into public.users (id, email, name) values ('{0}', '{0}@customer.example', 'Good') returning id"
    rows(launch, url, insert.format("named"))
    time.sleep(1.1)
    folder = checkout(tmp_path / "checkout")
    (folder / "sql/migrations/0014_bad.sql").write_text(BAD_MIGRATION)
    snapshot(launch, folder)
    command = ("pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "sandbox")
    run(*command, environment=environment(launch, folder), folder=folder)
    assert (rows(launch, url, NAMED), rows(launch, url, DESCRIBED)) == ([("overwritten",)], [])
    rows(launch, url, insert.format("since"))

    plan = json.loads(launch.launch("rollback", "plan", "--json").stdout)["plan"]
    (schema,) = [step for step in plan["steps"] if step["subject"] == "schema"]
    assert (schema["how"], schema["action"]) == ("needs a restore point", "restore")
    assert {"table": "users", "rows": 1} in plan["losses"]

    # Killed when the branch is back and the answer is not there yet, and again while the state follows.
    restore = ("rollback", "apply", "--restore-database", "--json")
    assert killed(launch, RESTORED, *restore)
    assert killed(launch, Point(0, None, seconds=2.5), *restore)
    done = json.loads(launch.launch("rollback", "apply", "--json").stdout)
    assert done["verdict"] == "passed"
    assert "schema" in done["done"]
    assert {"table": "users", "rows": 1} in done["plan"]["losses"]
    assert "row security" in [each["subject"] for each in done["checks"]]
    assert (rows(launch, url, NAMED), rows(launch, url, DESCRIBED)) == ([("Good",)], [(1,)])
    assert rows(launch, url, "select id from public.users where id = 'since'") == []
    # This checkout never had the migration, so program, state and world agree, but for what the plan said.
    said = launch.pulumi("up", "--yes", "--skip-preview").stdout
    assert "schema-row-security updated" in said
    assert "~ 1 updated" in said
    launch.pulumi("preview", "--expect-no-changes")
    kept, main = sorted(branches(launch), key=lambda each: str(each["name"]))
    assert (kept["name"][:16], main["name"]) == ("before-rollback-", "main")
    before = launch.changes()
    refused = launch.launch("rollback", "apply", "--restore-database", code=1)
    assert "there is nothing to restore the database for" in refused.stderr
    assert launch.changes() == before
    launch.neon("DELETE", f"/projects/{launch.outputs()['database']['project_id']}/branches/{kept['id']}")


def test_a_deployment_that_fails_half_way_names_a_way_back_that_works(bad: Bad, tmp_path: Path) -> None:
    launch = bad.launch
    launch.pulumi("up", "--yes", "--skip-preview")
    before = good(launch)
    folder, reviewed = checkout(tmp_path / "checkout"), tmp_path / "reviewed.json"
    conductor = folder / "workers/conductor/index.js"
    conductor.write_text(f"// half\n{conductor.read_text()}")
    settings = folder / "Pulumi.sandbox.yaml"
    settings.write_text(f"{settings.read_text().rstrip()}\n  prductr:enableRateLimiting: false\n")

    def verb(*arguments: str, code: int = 0) -> Done:
        command = (sys.executable, "-m", "launch", *arguments)
        return run(*command, environment=environment(launch, folder), folder=folder, code=code)

    verb("preview", "--refresh", "--save", str(reviewed))
    # The Workers and the variables are changed; the deployment with the new variables is refused.
    launch.fault(match={"path": "/deployments", "method": "POST"}, action="status", status=400)
    failed = json.loads(verb("deploy", "--reviewed", str(reviewed), "--json", code=2).stdout)
    launch.mend()
    assert failed["restore_point"]["branch"] == launch.outputs()["database"]["branch_id"]
    (check,) = failed["checks"]
    assert (check["verdict"], check["check"]) == ("failed", "update")
    assert "launch rollback plan" in check["remedy"]
    assert good(launch)["conductor"] != before["conductor"], "half of it was done"

    plan = json.loads(verb("rollback", "plan", "--json").stdout)["plan"]
    assert len(plan["undone"]) == 1
    assert json.loads(verb("rollback", "apply", "--json").stdout)["verdict"] == "passed"
    assert good(launch) == before


def branches(launch: Launch) -> list[dict[str, Any]]:
    project = launch.outputs()["database"]["project_id"]
    found: list[dict[str, Any]] = launch.neon("GET", f"/projects/{project}/branches")["branches"]
    return [each for each in found if not each["name"].startswith("review/")]
