"""`launch runbook`: what to do in an incident, with the stack's own values in every command."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from launch import looks
from launch.report import Report, json, verb
from launch.runbook import Policy, Values, page
from launch.selection import named


@verb("runbook", help="Write the incident runbook of a stack: commands for each scenario, with its values filled in.")
@click.option("--stack", "name", help="The stack that it is for; by default PULUMI_STACK or the sandbox's.")
def runbook(*, name: str | None) -> Report:
    """Return the page, which contains no secret. It is kept for `launch open`."""
    policy = Policy.read()
    stack = named(name)
    values = Values.of(stack.name, stack.outputs(), stack.resources(), stack.configuration())
    report = page(values, policy, today=datetime.now(UTC).date())
    looks.save(stack.name, "runbook", json.document(report))
    return report
