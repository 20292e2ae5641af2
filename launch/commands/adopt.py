"""`launch adopt`: take over an existing production environment, rehearsed by a plan."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from contract.paths import PROJECT
from launch import adopt as adoption
from launch.report import Report, verb
from launch.selection import named
from launch.stack import Stack
from toolchain.report import say


@click.group()
def adopt() -> None:
    """Take over an existing production environment, with a way back from each step."""


def _options(command: Callable[..., Report]) -> Callable[..., Report]:
    for option in (
        click.option(
            "--allow",
            "allowed",
            multiple=True,
            metavar="ID",
            help="Allow the loss of the obstacle that the plan shows under this id; may be given several times.",
        ),
        click.option(
            "--config-file",
            "settings",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Settings of the stack in another file than the project's.",
        ),
        click.option("--stack", "name", help="The stack that adopts; by default PULUMI_STACK or the sandbox's."),
    ):
        command = option(command)
    return command


def _stack(name: str | None, settings: Path | None) -> Stack:
    return replace(named(name), settings=settings.resolve() if settings else None)


@verb("plan", group=adopt, help="Show what would be adopted, changed, created or is in the way; changes nothing.")
@_options
def plan(*, name: str | None, settings: Path | None, allowed: tuple[str, ...]) -> Report:
    """Return the table, and what is refused."""
    stack = _stack(name, settings)
    with Console(stderr=True).status(f"Looking at what exists for stack {stack.name} …"):
        return adoption.report(adoption.plan(stack, allowed=allowed))


def _journaled(command: Callable[..., Report]) -> Callable[..., Report]:
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask before steps that visitors can notice."),
        click.option(
            "--journal",
            "journal",
            type=click.Path(dir_okay=False, path_type=Path),
            help="The file that records each step and its way back; by default adoption.STACK.jsonl in the project.",
        ),
    ):
        command = option(command)
    return command


@verb("apply", group=adopt, help="Do what the plan shows, step by step; another run continues where it stopped.")
@_options
@_journaled
def apply(
    *, name: str | None, settings: Path | None, allowed: tuple[str, ...], journal: Path | None, yes: bool
) -> Report:
    """Return the steps that were done, or the plan if it is refused."""
    stack = _stack(name, settings)
    run = adoption.Apply(stack=stack, journal=_journal(stack, journal), confirm=_confirm(yes=yes), say=say)
    return run.run(allowed=allowed)


@verb("back", group=adopt, help="Take an adoption back as far as possible, and report what cannot be taken back.")
@_options
@_journaled
def back(
    *, name: str | None, settings: Path | None, allowed: tuple[str, ...], journal: Path | None, yes: bool
) -> Report:
    """Return what was taken back, and what cannot be."""
    if allowed:
        raise click.UsageError("--allow is for plan and apply: nothing is in the way of going back.")
    stack = _stack(name, settings)
    run = adoption.Back(stack=stack, journal=_journal(stack, journal), confirm=_confirm(yes=yes), say=say)
    return run.run()


def _journal(stack: Stack, path: Path | None) -> adoption.Journal:
    return adoption.Journal.open(path or PROJECT / f"adoption.{stack.name}.jsonl", stack.name)


def _confirm(*, yes: bool) -> adoption.Confirm:
    """Return a function that asks on the terminal; without a terminal, --yes is required."""

    def ask(title: str, notice: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise click.UsageError(f"There is no terminal to ask before this: {title}. {notice} Give --yes to do it.")
        return click.confirm(f"Next: {title}. {notice} Go on?", err=True)

    return ask
