"""`launch preview`: what an update would change, for people who review it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from launch import preview as previews
from launch.report import Report, attachment, verb
from launch.selection import named
from toolchain.report import say


@verb("preview", help="Show what `pulumi up` would change, what that means and what it locks; changes nothing.")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
@click.option("--refresh", is_flag=True, help="Compare with the actual resources, and not with the state alone.")
@click.option(
    "--save",
    "kept",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also keep the preview in FILE, for `--from` and `launch deploy --reviewed`.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Show the preview saved in FILE, instead of making one.",
)
@click.option("--comment", is_flag=True, help="Also keep it as the one comment of the stack on the pull request.")
@click.option("--pull-request", "number", type=click.IntRange(min=1), help="Its number; by default the workflow's own.")
@click.option("--commit", default="", help="What was previewed, such as a commit's id; shown in the report.")
@click.option(
    "--attach",
    "attached",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also show the --json report of another verb: a rehearsal, a review stack. May be repeated.",
)
def preview(
    *,
    name: str | None,
    refresh: bool,
    kept: Path | None,
    source: Path | None,
    comment: bool,
    number: int | None,
    commit: str,
    attached: tuple[Path, ...],
) -> Report:
    """Return the report of the changes."""
    if number and not comment:
        raise click.UsageError("--pull-request names the comment's place: it needs --comment.")
    publish = _publisher(number) if comment else None
    beside = [attachment(path).section for path in attached]
    found = _found(name, source, refresh=refresh, kept=kept)
    report = previews.report(found, commit=commit, beside=beside)
    if publish:
        say(f"The comment: {publish(report)}")
    return report


def _publisher(number: int | None) -> Callable[[Report], str]:
    """Return a function that writes the comment and returns its address. Raises Problem now if that is impossible."""
    from launch.publish import publish_comment, pull_request
    from vendors import GitHub

    github, where = GitHub.of(os.environ), number or pull_request(os.environ)
    click.get_current_context().call_on_close(github.api.close)
    return lambda report: publish_comment(github, where, report)


def _found(name: str | None, source: Path | None, *, refresh: bool, kept: Path | None) -> previews.Preview:
    if source is not None and (name or refresh or kept):
        raise click.UsageError("--from shows a preview that was made before: it goes with none of the others.")
    if source is not None:
        return previews.load(source)
    stack = named(name)
    with Console(stderr=True).status(f"Previewing stack {stack.name} …"):
        found = previews.preview(stack, refresh=refresh)
    if kept is not None:
        previews.save(found, kept)
    return found
