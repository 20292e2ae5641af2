"""Perform the way back. Each step first checks whether it is done, so a repetition does nothing twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from contract.problem import Problem
from launch.report import Finding, Verdict
from launch.rollback import database, sites, workers
from launch.rollback.model import Step
from vendors import Access, Cloudflare, Neon, RefusedRequestError, Vercel

SECONDS = 60.0
"""How long a promotion may take to move the hosts."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Vendors:
    """The vendors that perform the steps."""

    access: Access

    def go(self, steps: Sequence[Step]) -> list[Finding]:
        """Perform the steps in their order. Raises VendorError, or Problem if one does not take effect."""
        actions = {workers.VERSION: self._deploy, sites.PROMOTE: self._promote, database.RESTORE: self._restore}
        return [actions[step.action](step) for step in steps]

    def _promote(self, step: Step) -> Finding:
        vercel = Vercel.connect(self.access)
        with closing(vercel.api):
            return _promoted(vercel, step)

    def _deploy(self, step: Step) -> Finding:
        cloudflare = Cloudflare.connect(self.access)
        with closing(cloudflare.api):
            return _deployed(cloudflare, step)

    def _restore(self, step: Step) -> Finding:
        neon = Neon.connect(self.access)
        with closing(neon.api):
            return _restored(neon, step)


def _promoted(vercel: Vercel, step: Step) -> Finding:
    if sites.serving(vercel, step.place) == step.wanted:
        return _done(step, "serves already")
    try:
        vercel.promote(step.place, step.wanted)
    except RefusedRequestError:
        if sites.serving(vercel, step.place) != step.wanted:  # otherwise somebody else promoted it first
            raise
    deadline = time.monotonic() + SECONDS
    while sites.serving(vercel, step.place) != step.wanted:
        if time.monotonic() >= deadline:
            remedy = "Run `launch rollback apply` again; Vercel's dashboard says what it waits for."
            raise Problem(f"{step.wanted} does not serve after {SECONDS:g} s", where=step.subject, remedy=remedy)
        time.sleep(_LOOK_SECONDS)
    return _done(step, f"{step.wanted} serves again")


def _deployed(cloudflare: Cloudflare, step: Step) -> Finding:
    account, _, script = step.place.partition("/")
    if workers.serving(cloudflare, account, script) == step.wanted:
        return _done(step, "serves already")
    cloudflare.deploy_version(account, script, step.wanted, message="launch rollback")
    return _done(step, f"version {step.wanted} serves again")


def _restored(neon: Neon, step: Step) -> Finding:
    project, _, branch = step.place.partition("/")
    kept = f"what it was is kept in the branch {step.kept_as}: delete that when nobody needs it any more"
    if any(each["name"] == step.kept_as for each in neon.branches(project)):
        return _done(step, f"is as it was at {step.wanted} already; {kept}")
    try:
        neon.restore_branch(project, branch, timestamp=step.wanted, preserve_under_name=step.kept_as)
    except RefusedRequestError as error:
        remedy = "The time must be within the history that the project keeps (databaseHistorySeconds)."
        raise Problem(error.what, where="Neon", remedy=remedy) from None
    return _done(step, f"is as it was at {step.wanted}; {kept}")


def _done(step: Step, detail: str) -> Finding:
    return Finding(subject=step.subject, name="rollback", verdict=Verdict.PASSED, detail=detail)
