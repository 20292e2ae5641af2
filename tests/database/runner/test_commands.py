"""`launch db` for people and machines: the same facts, an exit code that sums them up, and no password."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from database.postgres.urls import safe_url
from launch.commands import db as commands
from launch.stack.stack import Stack
from tests.database.runner.support import Files, Query, Tables
from tests.releases import since
from tests.verbs import Result, call

Run = Callable[..., Result]


@pytest.fixture
def run(files: Files, url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(commands, "DIRECTORY", files.directory)
    monkeypatch.setattr(commands, "PROJECT", files.directory.parents[1])

    def invoke(*arguments: str) -> Result:
        return call("db", *arguments, environment={"LAUNCH_DATABASE_URL": url})

    return invoke


@pytest.fixture
def applied(files: Files, url: str) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    files.run(url)


def document(result: Result) -> dict[str, Any]:
    return result.document


@pytest.mark.usefixtures("applied")
def test_status_lists_applied_and_pending_files_and_its_exit_code_distinguishes_them(
    run: Run, files: Files, url: str
) -> None:
    assert run("status").exit_code == 0
    files.write("0002_two.sql", "create table public.two (id bigint);\n")
    result = run("status")
    assert result.exit_code == 2
    assert f"  database: {safe_url(url)}\n" in result.stdout
    assert re.search(r"^0001_one.sql +applied ", result.stdout, re.MULTILINE)
    assert re.search(r"^0002_two.sql +applied +failed +pending", result.stdout, re.MULTILINE)
    found = document(run("status", "--json"))
    assert [each["name"] for each in found["applied"]] == ["0001_one.sql"]
    assert found["pending"] == ["0002_two.sql"]
    assert (found["stack"], found["database"]) == (None, safe_url(url))


@pytest.mark.usefixtures("applied")
def test_status_without_the_right_to_read_the_ledger_prints_no_status_and_is_exit_code_1(
    run: Run, url: str, query: Query
) -> None:
    role = f"guest_{query('select current_database()')[0][0]}"
    query(f"create role {role} login password 'guest-password'")
    try:
        result = run("status", "--url", f"postgresql://{role}:guest-password@{url.partition('@')[2]}")
    finally:
        query(f"drop role {role}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "this role may not read the ledger. Connect as the owner of the database." in result.stderr


@pytest.mark.usefixtures("applied")
def test_plan_shows_locks_and_findings_and_changes_nothing(run: Run, files: Files, tables: Tables, url: str) -> None:
    assert run("plan").stdout == f"Plan of migrations\n  database: {safe_url(url)}\n\nNothing is pending.\n"
    files.write("0002_two.sql", "create index one_id on public.one (id);\n")
    result = run("plan")
    assert result.exit_code == 0
    assert "  locks public.one: share (writes wait)" in result.stdout
    assert "require-concurrent-index-creation" in result.stdout
    [pending] = document(run("plan", "--json"))["pending"]
    assert pending["locks"] == [{"table": "public.one", "mode": "share", "effect": "writes wait"}]
    assert [each["rule"] for each in pending["findings"]] == ["require-concurrent-index-creation"]
    assert tables() == {"one"}


@pytest.mark.usefixtures("applied")
def test_files_and_ledger_that_disagree_are_exit_code_2_with_the_reason(run: Run, files: Files) -> None:
    files.write("0001_one.sql", "create table public.one (id int);\n")
    for verb in ("status", "plan"):
        result = run(verb)
        assert result.exit_code == 2
        assert "0001_one.sql was edited after it was applied" in result.output
        assert "0001_one.sql was edited" in document(run(verb, "--json"))["error"]


def test_a_database_out_of_reach_is_exit_code_1_and_shows_no_password(
    run: Run, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.directory.is_dir()
    monkeypatch.setattr("database.runner.plan.connect", _impatient)
    result = run("status", "--url", "postgresql://owner:secret-word@127.0.0.1:1/absent")
    assert result.exit_code == 1
    assert "Connection refused" in result.stderr
    assert "secret-word" not in result.output


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    "change",
    [
        lambda url: re.sub(r":[^:@/]+@", ":wrong-word@", url),
        lambda url: url.replace("/test_", "/absent_"),
        lambda _url: "mysql://owner:wrong-word@127.0.0.1/x",
        lambda _url: "postgresql://owner:wrong-word@ep-x-pooler.eu.aws.neon.tech/x",
    ],
    ids=["wrong password", "absent database", "no PostgreSQL", "pooled host"],
)
@pytest.mark.parametrize("verb", ["status", "plan"])
def test_a_database_that_could_not_be_checked_is_exit_code_1_and_no_drift(
    run: Run, url: str, verb: str, change: Callable[[str], str]
) -> None:
    result = run(verb, "--url", change(url))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "wrong-word" not in result.output
    assert document(run(verb, "--json", "--url", change(url)))["error"]


@pytest.mark.usefixtures("applied")
def test_f08_status_lists_the_files_of_a_newer_database_and_reports_it_as_newer(
    run: Run, files: Files, url: str
) -> None:
    files.write("0002_two.sql", "create table public.two (id bigint);\n")
    files.run(url)
    files.remove("0002_two.sql")
    result = run("status")
    assert result.exit_code == 2
    for name in ("0001_one.sql", "0002_two.sql"):
        assert re.search(rf"^{name} +applied ", result.stdout, re.MULTILINE)
    assert "the database is newer than these files" in result.stdout
    found = document(run("status", "--json"))
    assert [each["name"] for each in found["applied"]] == ["0001_one.sql", "0002_two.sql"]
    assert "the database is newer than these files" in found["error"]


@pytest.mark.usefixtures("applied")
def test_f09_status_lists_a_ledger_that_was_tampered_with(run: Run, query: Query) -> None:
    query("update launch.schema_migrations set kind = 'baseline'")
    result = run("status")
    assert result.exit_code == 2
    assert re.search(r"^0001_one.sql +applied ", result.stdout, re.MULTILINE)
    assert "ledger row 1 (0001_one.sql) was changed from outside" in result.stdout


def _impatient(url: str, **options: Any) -> object:  # noqa: ANN401 -- passed through
    from database.postgres.connection import connect

    return connect(url, **(options | {"patience": 0.1}))


def test_new_makes_the_next_file(run: Run, files: Files) -> None:
    assert run("new", "first_topic").stdout == "sql/migrations/0001_first_topic.sql\n"
    files.write("0041_other.sql", "select 1;")
    assert document(run("new", "next", "--json"))["path"].endswith("0042_next.sql")
    assert (files.directory / "0042_next.sql").read_text().startswith("-- Why this change is made.")
    result = run("new", "Not Fitting")
    assert "use lower-case letters, digits and underscores." in result.stderr
    assert run("new", "line\n").exit_code == result.exit_code
    assert len(list(files.directory.glob("*.sql"))) == 3


def test_new_makes_no_file_after_the_last_number(run: Run, files: Files) -> None:
    files.write("9999_last.sql", "select 1;")
    result = run("new", "more", "--json")
    assert (result.exit_code, document(result)["error"]) == (2, "all numbers of four digits are used up")
    assert [path.name for path in files.directory.iterdir()] == ["9999_last.sql"]


class Production(Stack):
    """A stack whose outputs name the test's database."""

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        return {"owner_database_url": self.environment["URL"]} if secrets else {}


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("verb", ["status", "plan"])
def test_a_named_stack_overrides_the_shell_and_is_printed_first(
    run: Run, url: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def named(name: str | None) -> Stack:
        asked.append(name)
        return Production(name="prod", environment={"URL": url})

    monkeypatch.setattr("launch.selection.database.named", named)
    title, where, *_ = run(verb, "--stack", "prod").stdout.splitlines()
    assert title.endswith(" of stack prod")
    assert where == f"  database: {safe_url(url)}"
    shown = document(run(verb, "--stack", "prod", "--json"))
    assert (shown["stack"], shown["database"]) == ("prod", safe_url(url))
    assert asked == ["prod", "prod"]


@since(16, "view definitions without needless prefixes")
def test_check_finds_a_snapshot_fresh_an_edit_stale_and_a_wrong_file_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(Path(__file__).parents[3] / "sql", tmp_path / "sql")
    monkeypatch.setattr(commands, "PROJECT", tmp_path)
    monkeypatch.setattr(commands, "DIRECTORY", tmp_path / "sql" / "migrations")
    monkeypatch.setattr(commands, "SECURITY", tmp_path / "sql" / "security")
    grants = tmp_path / "sql" / "security" / "grants.sql"
    granted = grants.read_text()
    grants.write_text("-- wrong\n\n select absent from public.tasks;\n")
    for verb in ("check", "snapshot"):
        wrong = call("db", verb, "--json")
        found = document(wrong)
        assert (wrong.exit_code, found["error"]) == (2, 'column "absent" does not exist (SQLSTATE 42703)')
        assert found["where"] == f"{grants}:3:9"
    grants.write_text(granted)
    schema = tmp_path / "sql" / "schema.sql"
    committed = schema.read_text()
    schema.write_text(committed.replace("CREATE TABLE public.tasks", "CREATE TABLE public.task"))
    stale = call("db", "check", "--json")
    assert stale.exit_code == 2
    assert json.loads(stale.stdout)["findings"] == ["sql/schema.sql is not fresh: run `launch db snapshot`"]
    written = call("db", "snapshot", "--json")
    assert (written.exit_code, json.loads(written.stdout)) == (0, {"written": ["sql/schema.sql"]})
    assert schema.read_text() == committed
    assert call("db", "check").exit_code == 0
