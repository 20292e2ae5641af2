"""`launch adopt`: takes over a production that exists already, rehearsed by a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from launch import adopt as adoption
from launch.report import Report, verb
from launch.selection import named
from launch.stack import Stack


@click.group()
def adopt() -> None:
    """Take over a production that exists already, with a way back from each step."""


def _options(command: Callable[..., Report]) -> Callable[..., Report]:
    for option in (
        click.option(
            "--allow",
            "allowed",
            multiple=True,
            metavar="ID",
            help="Let go what the plan shows under this id as in the way; may be given several times.",
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
    """The table, and what is refused."""
    stack = _stack(name, settings)
    with Console(stderr=True).status(f"Looking at what there is for stack {stack.name} …"):
        return adoption.report(adoption.plan(stack, allowed=allowed))
