"""Run checks concurrently, each with a deadline. A crashing check harms no other and never counts as passed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from launch.report import Check, Finding, NotPassedError, Verdict

TOGETHER = 12
"""How many checks run at once: enough to be fast, too few to look like an attack."""


async def run(checks: Sequence[Check], *, seconds: float, done: Callable[[Finding], None]) -> list[Finding]:
    """Return the findings in the order of the checks. `done` is called with each as it arrives."""
    turns = asyncio.Semaphore(TOGETHER)

    async def one(check: Check) -> Finding:
        async with turns:
            finding = await _find(check, seconds)
        done(finding)
        return finding

    return list(await asyncio.gather(*map(one, checks)))


async def _find(check: Check, seconds: float) -> Finding:
    started = time.monotonic()
    verdict, remedy = Verdict.UNCHECKED, ""
    try:
        async with asyncio.timeout(seconds):
            detail = await check.run()
        verdict = Verdict.PASSED
    except NotPassedError as error:
        verdict, detail, remedy = error.verdict, error.what, error.remedy
    except TimeoutError:
        detail, remedy = f"no result within {seconds:g} s", "Run it again with a longer --timeout."
    except Exception as error:
        detail, remedy = f"the check itself failed: {type(error).__name__}", "Report this as a defect."
    return Finding(
        subject=check.subject,
        name=check.name,
        verdict=verdict,
        detail=detail,
        remedy=remedy,
        seconds=time.monotonic() - started,
    )
