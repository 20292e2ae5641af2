"""Our language host on the real engine. Prevents: programs that behave differently than under Pulumi's own host."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psutil
import pytest

from tests.toolchain.engine.bare_project import BareProject

NOTES = """
from pathlib import Path

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider


class Notes(ResourceProvider):
    def create(self, props):
        Path(props["path"]).write_text(props["text"])
        return CreateResult("note", {"path": props["path"], "text": props["text"]})

    def diff(self, id_, olds, news):
        return DiffResult(changes=olds["text"] != news["text"])

    def read(self, id_, props):
        return ReadResult(id_, {**props, "text": Path(props["path"]).read_text()})

    def delete(self, id_, props):
        Path(props["path"]).unlink()


class Note(Resource):
    def __init__(self, name, path, text, opts=None):
        super().__init__(Notes(), name, {"path": path, "text": text}, opts)
"""
PROGRAM = """
import pulumi
from notes import Note

Note("note", path=pulumi.Config().require("path"), text="kept")
pulumi.export("secret", pulumi.Output.secret("hidden"))
pulumi.export("plain", {"stack": pulumi.get_stack(), "project": pulumi.get_project()})
"""
SLOW = """
import time
from pathlib import Path

from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Slow(ResourceProvider):
    def create(self, props):
        Path(props["path"]).touch()
        time.sleep(600)
        return CreateResult("slow", props)


class Thing(Resource):
    def __init__(self, name, path):
        super().__init__(Slow(), name, {"path": path})
"""


def succeed(project: BareProject, *arguments: str) -> str:
    code, output = project.run(*arguments)
    assert code == 0, output
    return output


def test_a_dynamic_resource_lives_and_dies_by_plain_commands(project: BareProject, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    project.write(PROGRAM, notes=NOTES)
    succeed(project, "config", "set", "path", str(file))
    succeed(project, "up", "--yes")
    assert file.read_text() == "kept"
    succeed(project, "preview", "--expect-no-changes")
    succeed(project, "refresh", "--preview-only", "--expect-no-changes")
    outputs = json.loads(succeed(project, "stack", "output", "--json"))
    assert outputs == {"secret": "[secret]", "plain": {"stack": "dev", "project": "bare"}}
    file.write_text("changed behind its back")
    code, output = project.run("refresh", "--preview-only", "--expect-no-changes", "--diff")
    assert code != 0
    assert "changed behind its back" in output
    succeed(project, "destroy", "--yes")
    assert not file.exists()


def test_the_output_of_a_program_is_shown(project: BareProject) -> None:
    project.write("print('from the program')")
    assert "from the program" in succeed(project, "preview")


def test_a_failing_program_shows_its_own_trace_and_nothing_of_the_host(project: BareProject) -> None:
    project.write("from helper import fail\n\nfail()", helper="def fail():\n    raise ValueError('the cause')")
    code, output = project.run("preview")
    assert code != 0
    assert "Program failed with an unhandled exception" in output
    assert "ValueError: the cause" in output
    assert 'helper.py", line 2, in fail' in output
    assert "toolchain/engine" not in output


def test_an_error_for_the_user_is_shown_without_a_trace(project: BareProject) -> None:
    project.write("import pulumi\nraise pulumi.RunError('domain: must not be empty')")
    code, output = project.run("preview")
    assert code != 0
    assert "error: domain: must not be empty" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit(7)", "SystemExit: 7"),
        ("import pulumi\npulumi.Output.from_input(1).apply(lambda _: 1 / 0)", "ZeroDivisionError"),
    ],
)
def test_every_kind_of_failure_fails_the_command_and_says_why(project: BareProject, program: str, cause: str) -> None:
    project.write(program)
    code, output = project.run("preview")
    assert code != 0
    assert cause in output


def test_a_project_without_a_program_is_reported(project: BareProject) -> None:
    code, output = project.run("preview")
    assert code != 0
    assert "unable to find main python program" in output


def test_the_interpreter_and_its_packages_are_reported(project: BareProject) -> None:
    project.write("")
    about = json.loads(succeed(project, "about", "--json"))
    assert about["runtime"]["language"] == "python"
    assert {"pulumi", "psycopg"} <= {dependency["name"] for dependency in about["dependencies"]}


def test_hosts_end_with_an_engine_that_was_killed(project: BareProject, tmp_path: Path) -> None:
    started = tmp_path / "started"
    project.write(f"from slow import Thing\nThing('thing', path={str(started)!r})", slow=SLOW)
    with project.start("up", "--yes", "--skip-preview") as process:
        deadline = time.monotonic() + 60
        while not started.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        hosts = psutil.Process(process.pid).children(recursive=True)
        assert len(hosts) == 2
        process.kill()
        process.communicate()
    deadline = time.monotonic() + 30
    while any(host.is_running() and host.status() != psutil.STATUS_ZOMBIE for host in hosts):
        assert time.monotonic() < deadline
        time.sleep(0.05)


HOOKED = """
import asyncio

import pulumi
from notes import Note


async def look(_):
    await asyncio.sleep(600)


hook = pulumi.ResourceHook("look", look, pulumi.ResourceHookOptions(on_dry_run=True))
binding = pulumi.ResourceHookBinding(before_create=[hook])
Note("note", path="unused", text="kept", opts=pulumi.ResourceOptions(hooks=binding))


async def fail():
    await asyncio.sleep(1)  # until the engine is in the hook
    raise pulumi.RunError("no such token")


pulumi.Output.from_input(fail()).apply(str)
"""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_program_that_fails_while_the_engine_waits_for_its_hook_ends_with_its_error(
    project: BareProject, command: str
) -> None:
    project.write(HOOKED, notes=NOTES)
    code, output = project.run(command, *(["--yes", "--skip-preview"] if command == "up" else []))
    assert code != 0
    assert "no such token" in output
