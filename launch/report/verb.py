"""Turn functions into verbs: output options, printing, and the exit code. No verb ends the process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from contract.problem import Problem
from contract.whole_file import write_whole
from launch.report import html, markdown, text
from launch.report import json as documents
from launch.report.console import console
from launch.report.exit_codes import ExitCode
from launch.report.report import Report


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The result of a verb that reports no findings, such as the environment for a shell."""

    document: Any
    """For machines: any value that JSON can represent."""
    text: str
    """For people, or for a shell."""
    exit_code: ExitCode = ExitCode.AS_DECLARED


listeners: list[Callable[[Report], object]] = []
"""Each is called with every report before it is printed."""


class _Verb(click.Command):
    """A command that takes no option for the value of another: `--html --json` would write a file named `--json`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does. Raises UsageError if a value is one of the command's own options."""
        rest = super().parse_args(ctx, args)
        own = {word for parameter in self.get_params(ctx) for word in parameter.opts if word.startswith("--")}
        for parameter in self.get_params(ctx):
            given = ctx.params.get(parameter.name or "")
            for value in given if isinstance(given, tuple) else (given,):
                if str(value) in own:
                    what = f"{parameter.opts[0]} is followed by the option {value} instead of its value."
                    raise click.UsageError(what, ctx)
        return rest


def verb(
    name: str,
    *,
    help: str,  # noqa: A002 -- click's word for it
    group: click.Group | None = None,
) -> Callable[[Callable[..., Report]], click.Command]:
    """Make the command `name` of a function that returns a report, in `group`, or for `cli.VERBS` without a group.

    It gets the options `--json` and `--markdown`, which choose the printed form, and `--html FILE`, which also writes
    a page. The command returns the report's exit code.
    """

    def decorate(function: Callable[..., Report]) -> click.Command:
        @wraps(function)
        def run(*, as_json: bool, as_markdown: bool, page: Path | None, **options: Any) -> ExitCode:  # noqa: ANN401
            if as_json and as_markdown:
                raise click.UsageError("--json and --markdown both choose the printed form: give one of them.")
            report = function(**options)
            for listener in listeners:
                listener(report)
            if as_json:
                click.echo(documents.render(report))
            elif as_markdown:
                click.echo(markdown.render(report, limit=markdown.COMMENT))
            else:
                text.show(report, console())
            return report.exit_code if page is None else max(report.exit_code, _written(page, html.render(report)))

        return _command(run, name, help, group, _options())

    return decorate


def plain_verb(
    name: str,
    *,
    help: str,  # noqa: A002 -- click's word for it
    group: click.Group | None = None,
) -> Callable[[Callable[..., Answer]], click.Command]:
    """Make the same of a function that returns an `Answer`. Its only output option is `--json`."""

    def decorate(function: Callable[..., Answer]) -> click.Command:
        @wraps(function)
        def run(*, as_json: bool, **options: Any) -> ExitCode:  # noqa: ANN401 -- click's options
            answer = function(**options)
            if as_json:
                click.echo(json.dumps(answer.document, indent=2))
            elif answer.text:
                click.echo(answer.text)
            return answer.exit_code

        return _command(run, name, help, group, _options()[:1])

    return decorate


def _options() -> list[click.Option]:
    """Return the output options of a verb that reports, `--json` first."""
    return [
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document, for machines."),
        click.Option(
            ["--markdown", "as_markdown"], is_flag=True, help="Print Markdown, for a comment or a job's summary."
        ),
        click.Option(
            ["--html", "page"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Also write the report to FILE, as a self-contained page.",
        ),
    ]


def _command(
    function: Callable[..., ExitCode],
    name: str,
    help: str,  # noqa: A002
    group: click.Group | None,
    options: list[click.Option],
) -> click.Command:
    made = click.command(name, cls=_Verb, help=help)(function)
    made.params += options
    if group is not None:
        group.add_command(made)
    return made


def _written(path: Path, content: str) -> ExitCode:
    """Write the page. An error is printed, not raised: the report has already been printed."""
    try:
        write_whole(path, content)
    except OSError as error:
        what = f"the page cannot be written ({error.strerror})"
        problem = Problem(what, where=str(path), remedy="Name another folder or file.")
        click.echo(f"Error: {problem}", err=True)
        return ExitCode.UNCHECKED
    return ExitCode.AS_DECLARED
