"""`launch deploy`: apply exactly what was reviewed, or nothing."""

from __future__ import annotations

from pathlib import Path

import click

from launch.preview import load
from launch.report import Report, verb
from launch.selection import named
from toolchain.report import say


@verb("deploy", help="Apply what was reviewed and nothing else, then verify; stop if an update would do anything else.")
@click.option("--stack", "name", help="The stack to deploy; by default PULUMI_STACK or the sandbox's.")
@click.option(
    "--reviewed",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The preview that was reviewed, from `launch preview --refresh --save FILE`.",
)
@click.option("--commit", default="", help="What is deployed, such as a commit's id; kept in the history.")
def deploy(*, name: str | None, reviewed: Path, commit: str) -> Report:
    """Return the report of the deployment."""
    found = load(reviewed)
    from launch.deploy import deploy as deployed

    return deployed(named(name), found, say=say, commit=commit)
