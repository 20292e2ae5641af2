"""Check that a host serves what is declared, as a visitor sees it."""

from __future__ import annotations

import asyncio
import time

from launch.report import Finding, Verdict
from launch.stack import Outputs, Stack
from launch.verify import Internet, run
from launch.verify.checks import checks

_SECONDS = 10.0
"""Timeout of each check."""
_PAUSE = 0.2
_OWN = frozenset({"landing page", "analytics beacon", "up"})
"""Checks of what a project serves. The record is updated after the move, and may be proxied until then; a certificate
may take its time. Both are verified in the end."""


def trouble(stack: Stack, host: str, *, patience: float) -> str:
    """Return why the host does not serve the declaration within `patience` seconds, or "" if it does."""
    outputs = Outputs.of(stack.outputs(secrets=True))
    deadline = time.monotonic() + patience
    while True:
        found = asyncio.run(_look(outputs, stack, host))
        wrong = [each for each in found if each.verdict is not Verdict.PASSED]
        if found and not wrong:
            return ""
        reasons = "; ".join(each.detail for each in wrong) or "the stack does not declare what it must serve"
        if time.monotonic() >= deadline:
            return reasons
        time.sleep(_PAUSE)


async def _look(outputs: Outputs, stack: Stack, host: str) -> list[Finding]:
    async with Internet.from_environment(stack.environment) as internet:
        planned = [
            each for each in checks(outputs, internet, stack.environment) if each.subject == host and each.name in _OWN
        ]
        return await run(planned, seconds=_SECONDS, done=lambda _: None)
