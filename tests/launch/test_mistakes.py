"""Mistyped commands of every verb. Prevents: a trace, a silent default, two messages for one mistake, a message
without a remedy, and an exit code that reads as drift.

A new verb has no rows here, and `test_every_verb_has_rows` fails until it has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from launch import cli
from tests.verbs import call

LONG = "x" * 5000
NOT_A_FOLDER = "{tmp}/file"
"""A file in place of a folder, or the reverse."""


@dataclass(frozen=True)
class Row:
    """Arguments after the verb, and the environment; {tmp} is an empty folder with a file `file` in it."""

    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def row(*arguments: str, **environment: str) -> Row:
    return Row(arguments, environment)


STACKS = (row("--stack", "nowhere"), row("--stack", "../up"), row("--stack", "a b"), row("--stack", ""))
"""The empty one counts as no name: it selects the sandbox's stack, and the sandbox does not run."""
HOME = {"LAUNCH_SANDBOX_HOME": NOT_A_FOLDER}

ROWS: dict[str, tuple[Row, ...]] = {
    "up": (
        row(LAUNCH_SANDBOX_PORT_BASE="many"),
        row(LAUNCH_SANDBOX_PORT_BASE="70000"),
        row(LAUNCH_SANDBOX_PORT_BASE="-1"),
        row(LAUNCH_PLUGINS="borrowed"),
        row(**HOME),
    ),
    "down": (row("now"), row(**HOME)),
    "env": (row("--official-plugins", "--engine-only"), row(), row(LAUNCH_SANDBOX_HOME="{tmp}/nowhere")),
    "verify": (
        *STACKS[:2],
        row("--timeout", "0"),
        row("--timeout", "nan"),
        row("--timeout", "soon"),
        row("--timeout", "1e999x"),
        row(PULUMI_STACK="nowhere"),
    ),
    "drift": (*STACKS, row(PULUMI_STACK=LONG)),
    "sandbox start": (row(LAUNCH_SANDBOX_PORT_BASE="many"), row(**HOME), row(LAUNCH_SANDBOX_SCENARIO="ruin")),
    "sandbox status": (row(), row(LAUNCH_SANDBOX_HOME="{tmp}/nowhere")),
    "sandbox stop": (row("please"), row(**HOME)),
    "db check": (row("everything"), row("--url", "x")),
    "db new": (row(), row("Bad Topic"), row("../up"), row(""), row("a", "b"), row("täble"), row("a\nb")),
    "db plan": (
        row("--stack", "nowhere"),
        row("--url", ""),
        row("--url", "nonsense"),
        row("--url", "mysql://a:b@c/d"),
        row("--url", "postgresql://"),
        row("--url", "postgresql://a:b@127.0.0.1:99999/d"),
        row("--url", "postgresql://a:b@127.0.0.1:1/d?sslmode=disable"),
        row("--url", "postgresql://a:b@127.0.0.1/d?sslmode=perhaps"),
        row("--url", "postgresql://a:b@127.0.0.1/d", "--stack", "prod"),
    ),
    "db snapshot": (row("here"), row("--json", "x")),
    "db status": (
        row("--stack", "nowhere"),
        row("--url", "nonsense"),
        row("--url", "postgresql://a:b@[::1/d"),
        row("--url", LONG),
        row(LAUNCH_DATABASE_URL="nonsense"),
    ),
    "marketplace render": (row("--to", NOT_A_FOLDER), row("--to", "{tmp}/file/below"), row("--to")),
    "marketplace check": (
        row("--checkout", "lisa"),
        row("--checkout", "lisa="),
        row("--checkout", "=x"),
        row("--checkout", "monica={tmp}"),
        row("--checkout", "lisa={tmp}", "--checkout", "lisa={tmp}"),
        row("--checkout", "lisa={tmp}/nowhere"),
        row("--checkout", f"lisa={NOT_A_FOLDER}"),
        row("--checkout", f"lisa={{tmp}}/{LONG}"),
    ),
    "marketplace ready": STACKS[:2],
    "marketplace status": (row("--record", "{tmp}"), row("--record", "{tmp}/file"), row("lisa")),
    "marketplace record": (
        row(),
        row("lisa"),
        row("monica", "Draft", "--record", "{tmp}/record"),
        row("lisa", "Done", "--record", "{tmp}/record"),
        row("lisa", "Draft", "--on", "yesterday", "--record", "{tmp}/record"),
        row("lisa", "Draft", "--on", "2999-01-01", "--record", "{tmp}/record"),
        row("lisa", "Draft", "--by", " ", "--record", "{tmp}/record"),
        row("lisa", "Draft", "--by", "", "--record", "{tmp}/record"),
        row("lisa", "Draft", "--id", "two words", "--record", "{tmp}/record"),
        row("lisa", "Draft", "--note", LONG, "--record", "{tmp}/record"),
        row("lisa", "Draft", "--record", "{tmp}/file/below"),
    ),
    "preview": (*STACKS[:2], row("--pull-request", "0"), row("--pull-request", "some")),
    "adopt plan": (row("--stack", "a b"), row("--config-file", "{tmp}/nowhere"), row("--config-file", "{tmp}")),
    "adopt apply": (
        row("--stack", "a b"),
        row("--config-file", "{tmp}/nowhere"),
        row("--journal", "{tmp}"),
        row("--yes", "no"),
    ),
    "adopt back": (row("--stack", "a b"), row("--config-file", "{tmp}"), row("--journal", "{tmp}")),
    "analytics rotate": (row("--stack", "a b"), row("--stack", "nowhere"), row("token"), row(PULUMI_STACK=LONG)),
    "mirror": (row(), row("{tmp}/file"), row("{tmp}/new", "--rules", "{tmp}"), row("{tmp}/new", "--stack", "a b")),
    "deploy": (row(), row("--reviewed", "{tmp}/nowhere"), row("--reviewed", "{tmp}/file"), row("--reviewed", "{tmp}")),
    "history": (row("--stack", "a b"), row("--limit", "0"), row("--limit", "many")),
    "rollback plan": (row("--stack", "a b"), row("--to")),
    "rollback apply": (row("--stack", "a b"), row("--to")),
    "rollback rescue": (row(), row("tasks"), row("tasks", "--at", "yesterday", "--stack", "a b")),
    "review create": (row(), row("seven", "--branch", "x"), row("7"), row("7", "--branch", "x", "--stack", "a b")),
    "review update": (row(), row("seven", "--branch", "x"), row("7"), row("7", "--branch", "x", "--stack", "a b")),
    "review destroy": (row(), row("seven"), row("7", "--stack", "a b")),
    "review list": (row("--stack", "a b"), row("7")),
    "review show": (
        row(),
        row("seven"),
        row("7", "--stack", "a b"),
        row("7", "--from", "{tmp}/nowhere"),
        row("7", "--from", "{tmp}/file"),
        row("7", "--from", "{tmp}/file", "--stack", "prod"),
        row("7", "--comment", GITHUB_TOKEN="", GH_TOKEN=""),
    ),
    "review sweep": (row("--stack", "a b"), row("--open", "seven")),
    "open": (row("--stack", "../up"), row("--port", "70000"), row("--port", "any"), row("here")),
    "rehearse": (
        row("--data", "some"),
        row("--data", "masked"),
        row("--data", "masked", "--rules", "{tmp}/nowhere"),
        row("--stack", "a b"),
    ),
    "status": (
        row("--stack", "../up"),
        row("--checkout", "lisa"),
        row("--checkout", "nowhere={tmp}"),
        row("--stack", "a b", "--look"),
        row("--html", "--json"),
        row("--stack", "--look"),
        row(LAUNCH_CHECKOUTS="lisa"),
    ),
    "smoke": (
        row("--plan", "{tmp}/nowhere"),
        row("--plan", "{tmp}"),
        row("--plan", "{tmp}/file"),
        row("--only", "elsewhere"),
        row("--plugin", "lisa"),
        row("--plugin", "monica={tmp}"),
        row("--checkout", "elsewhere={tmp}"),
        row("--results", "{tmp}/file"),
        row("--results", "{tmp}"),
    ),
    "runbook": STACKS,
}
"""Words of the command, and its mistakes."""


def commands() -> dict[str, click.Command]:
    """Return every command that is not a group, by its words; read from the command line itself."""
    found: dict[str, click.Command] = {}
    for verb in cli.VERBS:
        command = cli.launch.get_command(click.Context(cli.launch), verb)
        assert command is not None
        parts = command.commands if isinstance(command, click.Group) else {"": command}
        found |= {f"{verb} {name}".strip(): part for name, part in parts.items()}
    return found


def generic(command: click.Command) -> Iterator[Row]:
    """Return the mistakes that apply to every command."""
    names = {name for each in command.params for name in each.opts}
    yield row("--no-such-option")
    if "--markdown" in names:
        yield row(*_arguments(command), "--json", "--markdown")
    if "--html" in names:
        yield row("--html")
        yield row(*_arguments(command), "--html", "{tmp}")


def _arguments(command: click.Command) -> list[str]:
    """Return words for the required arguments, so that the mistake under test is the only one."""
    fitting = {"state": "Draft", "plugin": "lisa", "folder": "{tmp}/new", "number": "7", "tables": "tasks"}
    return [
        fitting.get(str(each.name), "word")
        for each in command.params
        if isinstance(each, click.Argument) and each.required
    ]


ALL = [(words, each) for words, command in commands().items() for each in (*ROWS.get(words, ()), *generic(command))]


def test_every_verb_has_rows_and_there_are_more_than_a_hundred() -> None:
    assert sorted(commands()) == sorted(ROWS), "add rows for a new verb, and take out those of one that is gone"
    assert sum(map(len, ROWS.values())) >= 80
    assert len(ALL) >= 100


@pytest.fixture
def world(tmp_path: Path) -> dict[str, str]:
    """No sandbox, no stack, no credentials: an empty folder, and a backend in it."""
    (tmp_path / "file").write_text("a file")
    (tmp_path / "state").mkdir()
    return {
        "LAUNCH_SANDBOX_HOME": str(tmp_path / "home"),
        "LAUNCH_SANDBOX_PORT_BASE": "auto",
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_STACK": "",
    }


@pytest.mark.parametrize(
    ("words", "bad"), ALL, ids=[f"{n}-{words.replace(' ', '-')}" for n, (words, _) in enumerate(ALL)]
)
def test_a_mistake_is_one_message_with_a_remedy_and_exit_code_1(
    words: str, bad: Row, world: dict[str, str], tmp_path: Path
) -> None:
    def filled(text: str) -> str:
        return text.replace("{tmp}", str(tmp_path))

    before = {path for path in tmp_path.rglob("*") if "state" not in path.parts}
    arguments = [*words.split(), *map(filled, bad.arguments)]
    environment = world | {name: filled(value) for name, value in bad.environment.items()}
    done = call(*arguments, environment=environment)
    assert done.exit_code == 1, done.output
    assert "Traceback" not in done.output
    assert done.stderr.count("Error: ") == 1, done.stderr
    message = done.stderr[done.stderr.index("Error: ") :]
    assert len(message.removeprefix("Error: ").strip()) > 10
    assert "Usage: " in message or _remedy(words, arguments, environment), message
    assert {path for path in tmp_path.rglob("*") if "state" not in path.parts} == before, "nothing was made"


def _remedy(words: str, arguments: list[str], environment: dict[str, str]) -> str:
    """Return the remedy of the JSON form."""
    document = call(*words.split(), "--json", *arguments[len(words.split()) :], environment=environment).document
    assert document["error"]
    return str(document["remedy"])


def test_a_message_for_machines_is_one_document(world: dict[str, str]) -> None:
    done = call("drift", "--stack", "nowhere", "--json", environment=world)
    assert json.loads(done.stdout).keys() == {"error", "where", "remedy"}
