"""The command line. Prevents: verbs that are listed but do not exist, errors that are a trace without a remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from launch import cli
from sandbox.base.home import Home
from sandbox.processes import lifecycle, services
from tests.verbs import call

FAKE = "tests.sandbox.processes.fake_services:plan"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "launch", *arguments]
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small services in place of the sandbox's own."""
    for function in (lifecycle.start, lifecycle.status, lifecycle.trouble):
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        defaults = [FAKE if value == services.STANDARD else value for value in function.__defaults__ or ()]
        assert "plan" in names
        monkeypatch.setattr(function, "__defaults__", tuple(defaults))


@pytest.mark.parametrize("verb", list(cli.VERBS))
def test_every_verb_has_a_help_text(verb: str) -> None:
    command = cli.launch.get_command(click.Context(cli.launch), verb)
    assert command is not None
    assert command.name == verb
    assert command.help


@pytest.mark.parametrize("verb", list(cli.VERBS))
def test_every_verb_or_each_of_its_parts_has_a_json_form(verb: str) -> None:
    command = cli.launch.get_command(click.Context(cli.launch), verb)
    parts = command.commands.values() if isinstance(command, click.Group) else [command]
    assert [part.name for part in parts if part and "--json" not in {o for p in part.params for o in p.opts}] == []


def commands() -> dict[str, click.Command]:
    """Return every command that is not a group, by its words."""
    found: dict[str, click.Command] = {}
    for verb in cli.VERBS:
        command = cli.launch.get_command(click.Context(cli.launch), verb)
        assert command is not None
        parts = command.commands if isinstance(command, click.Group) else {"": command}
        found |= {f"{verb} {name}".strip(): part for name, part in parts.items()}
    return found


def test_every_verb_but_the_plain_ones_reports_in_every_form() -> None:
    reporting = {"--json", "--markdown", "--html"}
    forms = {
        words: reporting & {name for each in command.params for name in each.opts}
        for words, command in commands().items()
    }
    plain = {words for words, found in forms.items() if found == {"--json"}}
    assert plain <= {"env", "down", "sandbox start", "sandbox stop", "db new", "db snapshot", "open"}
    assert {words for words, found in forms.items() if found != reporting} == plain


def test_help_and_env_do_not_wait_for_packages_that_only_updates_need() -> None:
    modules = ", ".join(["launch.cli", "launch.stack.stack", *cli.VERBS.values()])
    loaded = "[name for name in sys.modules if name.startswith('pulumi')]"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print({loaded})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_the_installed_command_and_the_module_are_the_same(home: Path) -> None:
    assert not home.exists()
    installed = Path(sys.executable).with_name("launch")
    text = subprocess.run([installed, "--help"], capture_output=True, text=True, check=True).stdout
    assert all(verb in text for verb in cli.VERBS)
    assert run("--help").stdout.splitlines()[1:] == text.splitlines()[1:]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["lunch"], "No such command 'lunch'."),
        (["verify", "--stac", "x"], "No such option '--stac'."),
        (["verify", "--timeout", "soon"], "Invalid value for '--timeout': 'soon' is not a valid float range."),
        (["verify", "--timeout", "-3"], "Invalid value for '--timeout': -3.0 is not in the range x>0."),
        (["env", "--official-plugins", "--engine-only"], "--official-plugins is the sandbox's"),
        (["db", "new", "Bad Topic"], "Invalid value: 'Bad Topic' does not fit"),
        (["db", "new", "abc\n"], r"Invalid value: 'abc\n' does not fit"),
        (["db", "plan", "--url", "postgresql://a@b/c", "--stack", "prod"], "--url and --stack both name a database"),
    ],
)
def test_wrong_usage_is_reported_with_the_right_one_and_is_no_drift(arguments: list[str], complaint: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {complaint}")
    assert "Usage: " in done.stderr


def test_verbs_without_arguments_print_their_help() -> None:
    done = run()
    assert "Usage: " in done.stderr
    assert all(verb in done.stderr for verb in cli.VERBS)


@pytest.mark.parametrize("arguments", [["env"], ["sandbox", "status"]])
def test_a_verb_that_needs_a_sandbox_says_how_to_start_one(home: Path, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert (done.stderr.count("\n"), str(home) in done.stderr) == (1, True)
    machine = run(*arguments, "--json")
    assert (machine.returncode, json.loads(machine.stdout)) == (
        1,
        {"error": "there is no sandbox", "where": str(home), "remedy": "Start one with `make up`."},
    )


def test_a_bad_port_base_is_one_clear_error(home: Path) -> None:
    done = run("sandbox", "start", LAUNCH_SANDBOX_PORT_BASE="http")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: LAUNCH_SANDBOX_PORT_BASE is 'http'. Give a port")
    assert not home.exists()


@pytest.mark.parametrize("arguments", [["env"], ["drift"], ["verify"], ["db", "status"], ["db", "plan"]])
def test_a_verb_that_needs_a_running_sandbox_says_that_none_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    Home.create(home, "auto")
    for variable in ("PULUMI_STACK", "LAUNCH_DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    done = run(*arguments, "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["where"], document["remedy"]) == (1, "", "Start it with `make up`.")
    assert "supervisor" in document["error"]  # the first process that is missing
    assert done.stderr == f"Error: {document['error']}. {document['remedy']}\n"


def test_a_folder_that_cannot_be_made_is_one_clear_error(home: Path) -> None:
    file = home.parent / "file"
    file.touch()
    folders = [
        ("LAUNCH_SANDBOX_HOME", file / "sandbox"),
        ("LAUNCH_CACHE", file / "cache"),
    ]
    for variable, folder in folders:
        done = run("sandbox", "start", "--json", **{variable: str(folder)})
        document = json.loads(done.stdout)
        assert (done.returncode, set(document)) == (1, {"error", "where", "remedy"}), done.stderr
        assert document["error"].startswith(f"{folder} ")
        assert document["error"].endswith("(Not a directory)")
        assert variable in document["remedy"]
        assert done.stderr == f"Error: {document['error']}. {document['remedy']}\n"


def test_a_file_where_the_sandbox_should_be_is_neither_used_nor_removed(home: Path) -> None:
    home.write_text("years of work")
    for verb, complaint in (("start", "holds other files"), ("stop", "holds no sandbox")):
        done = run("sandbox", verb)
        assert (done.returncode, done.stderr.splitlines()[1:]) == (1, [])
        assert done.stderr.startswith(f"Error: {home}: it {complaint}")
    assert home.read_text() == "years of work"
    home.unlink()


def test_a_scenario_that_does_not_exist_is_one_clear_error_and_no_sandbox_is_begun(home: Path) -> None:
    done = run("sandbox", "start", LAUNCH_SANDBOX_SCENARIO="prodution")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: LAUNCH_SANDBOX_SCENARIO is 'prodution'. ")
    assert all(known in done.stderr for known in ("empty", "production", "twin"))
    assert done.stderr.count("\n") == 1
    assert not home.exists()


def test_down_without_a_sandbox_is_fine_and_may_be_repeated(home: Path) -> None:
    for _ in range(2):
        done = run("down", "--json")
        assert (done.returncode, json.loads(done.stdout)) == (0, {"removed": False, "destroy_error": None})
    assert not home.exists()


@pytest.mark.usefixtures("fake")
def test_start_status_and_stop_report_their_results_in_json(home: Path) -> None:
    assert call("sandbox", "start", "--json").document["path"] == str(home)
    shown = call("sandbox", "status", "--json")
    assert (shown.exit_code, shown.document["verdict"]) == (0, "passed")
    assert [entry["name"] for entry in shown.document["processes"]] == ["supervisor", "web", "parent"]
    assert call("sandbox", "stop", "--json").document == {"stopped": True}
    assert call("sandbox", "stop", "--json").document == {"stopped": False}


@pytest.mark.usefixtures("fake")
def test_status_is_red_when_a_service_is_missing(home: Path) -> None:
    call("sandbox", "start")
    lifecycle._end_processes(home)
    shown = call("sandbox", "status")
    assert shown.exit_code == 1
    assert "not running" in shown.stdout


@pytest.mark.usefixtures("fake")
def test_down_stops_a_sandbox_in_which_no_stack_was_ever_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("sandbox", "start")
    monkeypatch.setattr("launch.local.down._destroy", lambda: None)
    assert call("down", "--json").document == {"removed": True, "destroy_error": None}
    assert not home.exists()


@pytest.mark.usefixtures("fake")
def test_down_removes_the_sandbox_even_when_the_stack_cannot_be_destroyed_and_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("sandbox", "start")
    monkeypatch.setattr("launch.local.down._destroy", lambda: "the clouds did not answer")
    done = call("down", "--json")
    assert (done.exit_code, done.document["destroy_error"]) == (1, "the clouds did not answer")
    assert not home.exists()
