"""The runner under the real engine: the preview's output, the saved state, and an engine that dies in the middle."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from launch.stack import engine
from sandbox.postgres.server import Postgres
from tests.database.runner.support import Files, Query, Tables, eventually, owned_database

PROGRAM = """
import os
import pulumi
from components.migrations import Migrations
schema = Migrations("schema", database_url=os.environ["DATABASE_URL"])
pulumi.export("version", schema.version)
"""
INSERT = "insert into public.log select count(*) from public.early;"
AT_GATE = """
select count(*) from pg_stat_activity
 where application_name = 'prductr migrations' and wait_event_type = 'Lock' and datname = current_database()
"""


class Project:
    """A Pulumi project of one resource, with a state of its own."""

    def __init__(self, files: Files, url: str, environment: dict[str, str]) -> None:
        self.folder = files.directory.parents[1]
        self.state = self.folder / "state"
        self.state.mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: history\nruntime: python\n")
        (self.folder / "__main__.py").write_text(PROGRAM)
        self.environment = environment | {
            "DATABASE_URL": url,
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_STACK": "test",
            "PYTHONPATH": str(Path(__file__).parents[3]),
        }
        self.run("stack", "init", "test")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, *arguments: str, fails: bool = False) -> str:
        process = self.start(*arguments)
        output = process.communicate(timeout=120)[0]
        assert (process.returncode != 0) == fails, output
        return output

    def deployment(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("stack", "export"))["deployment"]
        return found


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return dict(os.environ) | engine.find().environment()


@pytest.fixture
def project(files: Files, url: str, environment: dict[str, str]) -> Project:
    return Project(files, url, environment)


def test_previews_show_pending_files_edits_are_refused_and_destroy_drops_nothing(
    project: Project, files: Files, url: str, tables: Tables
) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    preview = project.run("preview")
    assert "0001_one.sql is pending" in preview
    assert tables() == set()
    project.run("up", "--yes", "--skip-preview")
    assert project.run("stack", "output", "version").strip() == "0001"
    project.run("preview", "--expect-no-changes")
    project.run("refresh", "--yes", "--expect-no-changes")
    files.write("0002_two.sql", "create table public.two (id bigint);\n")
    preview = project.run("preview", "--diff")
    assert "0002_two.sql is pending" in preview
    assert '+ 0002_two.sql: "' in preview
    files.write("0001_one.sql", "create table public.one (id int);\n")
    assert "0001_one.sql was edited after it was applied" in project.run("up", "--yes", fails=True)
    assert tables() == {"one"}
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    project.run("up", "--yes", "--skip-preview")
    password = url.partition("//")[2].partition("@")[0].partition(":")[2]
    kept = [path.read_text() for path in project.state.rglob("*") if path.is_file()]
    assert any("0002_two.sql" in text for text in kept)
    assert not any(password in text for text in kept)
    project.run("destroy", "--yes", "--skip-preview")
    assert tables() == {"one", "two"}


def test_f29_a_preview_of_a_stack_whose_url_leads_to_another_database_is_refused(
    project: Project, files: Files, url: str, postgres: Postgres, tables: Tables
) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    project.run("up", "--yes", "--skip-preview")
    files.write("0002_two.sql", "create table public.two (id bigint);\n")
    with owned_database(postgres) as other:
        project.environment["DATABASE_URL"] = other
        output = project.run("preview", fails=True)
        assert "this is another database: its identity is none, the remembered one is" in output
        assert "Correct the URL" in output
    project.environment["DATABASE_URL"] = url
    project.run("up", "--yes", "--skip-preview")
    assert tables() == {"one", "two"}


def test_f09_a_refresh_reads_a_ledger_changed_by_hand_and_the_next_update_reports_the_error(
    project: Project, files: Files, url: str, query: Query
) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    project.run("up", "--yes", "--skip-preview")
    files.write("0002_two.sql", "create table public.two (id bigint);\n")
    files.run(url)
    project.run("refresh", "--yes")
    files.remove("0002_two.sql")
    project.run("refresh", "--yes")
    assert "the database is newer than these files" in project.run("up", "--yes", "--skip-preview", fails=True)
    files.write("0002_two.sql", "create table public.two (id bigint);\n")
    project.run("up", "--yes", "--skip-preview")
    query("delete from launch.schema_migrations where sequence = 2")
    project.run("refresh", "--yes")
    output = project.run("up", "--yes", "--skip-preview", fails=True)
    assert "the ledger no longer holds 0002_two.sql as it was applied" in output


def _kill_engine(process: subprocess.Popen[str]) -> None:
    """Send SIGKILL to the engine and all its children, like a machine that ends a job."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for member in family:
        if member.is_running():
            member.kill()
    process.communicate(timeout=30)
    psutil.wait_procs(family, timeout=30)


@pytest.fixture
def gated(project: Project, files: Files, url: str) -> Iterator[psycopg.Connection[Any]]:
    """A stack with two pending files, the second of which waits for a table, and the session that holds the table."""
    files.write("0001_gate.sql", "create table public.gate ();\ncreate table public.log (n int);")
    with psycopg.connect(url, autocommit=True) as holder:
        holder.execute("create table public.early ()")  # the resource does not exist yet: this is not its work
        files.write(
            "0002_gated.sql", "--! lock-timeout: 1min\ninsert into public.log select count(*) from public.early;"
        )
        yield holder
    assert project.folder.is_dir()


def test_f26_an_update_after_an_engine_killed_during_a_create_resumes(
    project: Project, gated: psycopg.Connection[Any], query: Query
) -> None:
    gated.execute("begin; lock table public.early in access exclusive mode")
    process = project.start("up", "--yes", "--skip-preview")
    eventually(lambda: query(AT_GATE) == [(1,)], seconds=60)
    _kill_engine(process)
    project.run("cancel", "--yes")  # the killed engine's lock on the stack
    pending = project.deployment()["pending_operations"]
    assert [operation["type"] for operation in pending] == ["creating"]
    gated.execute("rollback")
    project.run("up", "--yes", "--skip-preview")
    assert query("select name from launch.schema_migrations order by sequence") == [
        ("0001_gate.sql",),
        ("0002_gated.sql",),
    ]
    assert query("select count(*) from public.log") == [(1,)]
    project.run("refresh", "--yes", "--clear-pending-creates")
    assert "pending_operations" not in project.deployment()
    project.run("preview", "--expect-no-changes")
