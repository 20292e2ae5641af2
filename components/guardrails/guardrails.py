"""Applies the rules of `rules.py` to everything that a program declares, before any of it reaches the engine.

    with guardrails(Existing(settings, state)):
        ...  # declare the whole stack

A transformation sees each resource as it is declared and delays its registration until the verdict at the end of the
block. So a violation changes nothing, even under `pulumi up --skip-preview`, and all violations are one error.
After the rules, existing resources are looked up, which needs the whole declaration as well. Whether an Output is
secret is known only later; `web_app.py` checks that for each variable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pulumi
from pulumi.runtime.stack import register_stack_transformation

from components.guardrails.existing import Existing
from components.guardrails.late_options import LateOptions
from components.guardrails.registration import Declared
from components.guardrails.rules import RULES, Rule
from components.settings import Mistakes, RefusedError


@contextmanager
def guardrails(existing: Existing | None = None, rules: Iterable[Rule] = RULES) -> Iterator[None]:
    """Watch declarations; at the end, raise RefusedError for broken rules and for resources of somebody else."""
    verdict: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    stack: list[Declared] = []

    def watch(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        declared = Declared(args.type_, args.name, args.props or {}, args.opts)
        stack.append(declared)
        gate = pulumi.ResourceOptions(
            depends_on=pulumi.Output.from_input(_permission(verdict)),
            hooks=existing.hooks(declared) if existing else None,
        )
        options = pulumi.ResourceOptions.merge(args.opts, gate)
        return pulumi.ResourceTransformationResult(args.props, LateOptions.following(options, declared.decision))

    register_stack_transformation(watch)
    try:
        yield
        check(stack, rules)
        if existing:
            existing.settle(stack)
    except BaseException as error:
        verdict.set_exception(error)
        verdict.exception()  # retrieved, so asyncio does not warn if nobody awaits it
        raise
    verdict.set_result(None)


def check(stack: Sequence[Declared], rules: Iterable[Rule] = RULES) -> None:
    """Raise RefusedError if the declaration breaks a rule."""
    mistakes = Mistakes([mistake for rule in rules for mistake in rule(stack)])
    if mistakes.found:
        raise RefusedError("The program breaks rules of this stack; nothing was changed.", mistakes)


async def _permission(verdict: asyncio.Future[None]) -> list[pulumi.Resource]:
    """Delay registration until the verdict, without adding a dependency."""
    await asyncio.shield(verdict)
    return []
