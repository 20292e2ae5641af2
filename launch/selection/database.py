"""The database that `launch db` examines: at a given URL, or a stack's."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import click
from click.core import ParameterSource

from launch.report import Report
from launch.selection.stack import named

_REMEDY = "Run `pulumi up` (or `make up`) first, or set LAUNCH_DATABASE_URL."


@dataclass(frozen=True, kw_only=True)
class Target:
    """The database that a verb examines."""

    url: str = field(repr=False)
    stack: str | None
    """The stack whose output is the URL; None if the URL was given."""

    @property
    def database(self) -> str:
        """Its name for people, without a password."""
        from database.postgres import safe_url  # costly, and most verbs need no database

        return safe_url(self.url)

    @classmethod
    def of(cls, url: str | None, stack: str | None) -> Target:
        """Return the chosen database. Raises UnreachableError if the stack has no URL, and whatever `Stack` raises."""
        typed = click.get_current_context().get_parameter_source("url") is ParameterSource.COMMANDLINE
        if url and stack and typed:
            raise click.UsageError("--url and --stack both name a database: give one of them.")
        if url and not stack:
            return cls(url=url, stack=None)
        found = named(stack)
        output = found.outputs(secrets=True).get("owner_database_url")
        if not output:
            from database.postgres import UnreachableError

            raise UnreachableError(f"stack {found.name} has no output owner_database_url", remedy=_REMEDY)
        for variable in ("PGHOSTADDR", "PGPORT"):  # where the sandbox's databases listen
            if variable in found.environment:
                os.environ[variable] = found.environment[variable]
        return cls(url=str(output), stack=found.name)


def target_options(command: Callable[..., Report]) -> Callable[..., Report]:
    """Add the options `url` and `stack` to a command."""
    url = click.option(
        "--url",
        envvar="LAUNCH_DATABASE_URL",
        help="The owner's URL on the direct host; by default the stack's output owner_database_url.",
    )
    stack = click.option(
        "--stack", help="The stack that the database belongs to; by default PULUMI_STACK or the sandbox's."
    )
    return stack(url(command))
