"""`launch env`: the environment for plain `pulumi`, as a shell evaluates it: `eval "$(launch env)"`."""

from __future__ import annotations

import click

from launch.report import Answer, plain_verb
from launch.stack import find, shell


@plain_verb("env", help='Print the environment for plain `pulumi`: eval "$(launch env)".')
@click.option(
    "--official-plugins", is_flag=True, help="For the vendors' own plugins instead of the attached providers."
)
@click.option("--engine-only", is_flag=True, help="No sandbox: only the engine, for a stack with real credentials.")
def env(*, official_plugins: bool, engine_only: bool) -> Answer:
    """Return lines for a shell, or an object for machines, in which null means to unset the variable."""
    changes: dict[str, str | None]
    if official_plugins and engine_only:
        raise click.UsageError("--official-plugins is the sandbox's, which --engine-only leaves out: give one of them.")
    if engine_only:
        changes = {**find().environment()}
    else:
        from launch.local import of_running_sandbox

        changes = of_running_sandbox(official_plugins=official_plugins or None)
    return Answer(document=changes, text=shell(changes))
