"""Goes the way back. Each step first looks whether it is done, so that a repetition does nothing twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from contract.problem import Problem
from launch.report import Finding, Verdict
from launch.rollback import sites, workers
from launch.rollback.model import Step
from vendors import Access, Cloudflare, RefusedRequestError, Vercel

SECONDS = 60.0
"""Until a promotion has moved the hosts."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Vendors:
    """Who is asked."""

    access: Access

    def go(self, steps: Sequence[Step]) -> list[Finding]:
        """Do the steps in their order. Raises VendorError, or Problem where one does not take effect."""
        return [self._promote(step) if step.action == sites.PROMOTE else self._deploy(step) for step in steps]

    def _promote(self, step: Step) -> Finding:
        vercel = Vercel.connect(self.access)
        if sites.serving(vercel, step.place) == step.wanted:
            return _done(step, "serves already")
        try:
            vercel.promote(step.place, step.wanted)
        except RefusedRequestError:
            if sites.serving(vercel, step.place) != step.wanted:  # else somebody was quicker
                raise
        deadline = time.monotonic() + SECONDS
        while sites.serving(vercel, step.place) != step.wanted:
            if time.monotonic() >= deadline:
                remedy = "Run `launch rollback apply` again; Vercel's dashboard says what it waits for."
                raise Problem(f"{step.wanted} does not serve after {SECONDS:g} s", where=step.subject, remedy=remedy)
            time.sleep(_LOOK_SECONDS)
        return _done(step, f"{step.wanted} serves again")

    def _deploy(self, step: Step) -> Finding:
        cloudflare = Cloudflare.connect(self.access)
        account, _, script = step.place.partition("/")
        if workers.serving(cloudflare, account, script) == step.wanted:
            return _done(step, "serves already")
        cloudflare.deploy_version(account, script, step.wanted, message="launch rollback")
        return _done(step, f"version {step.wanted} serves again")


def _done(step: Step, detail: str) -> Finding:
    return Finding(subject=step.subject, name="rollback", verdict=Verdict.PASSED, detail=detail)
