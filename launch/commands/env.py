"""`launch env`: the environment for plain `pulumi`, as a shell evaluates it: `eval "$(launch env)"`."""

from __future__ import annotations

import json

import click

from launch.stack import find, shell


@click.command("env")
@click.option(
    "--official-plugins", is_flag=True, help="For the vendors' own plugins instead of the attached providers."
)
@click.option("--engine-only", is_flag=True, help="No sandbox: only the engine, for a stack with real credentials.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; null for a variable to be unset.")
def env(*, official_plugins: bool, engine_only: bool, as_json: bool) -> None:
    """Print the environment for plain `pulumi`: eval "$(launch env)"."""
    changes: dict[str, str | None]
    if official_plugins and engine_only:
        raise click.UsageError("--official-plugins is the sandbox's, which --engine-only leaves out: give one of them.")
    if engine_only:
        changes = {**find().environment()}
    else:
        from launch.local import of_running_sandbox

        changes = of_running_sandbox(official_plugins=official_plugins or None)
    click.echo(json.dumps(changes, indent=2) if as_json else shell(changes))
