"""Get a new token for the beacon. Cloudflare has no call for that: the site is replaced, and its history is lost.

The order is the engine's: the new site, the landing page's variable, its deployment, and only then the deletion of the
old site. So visits are counted throughout, and a run that fails in between leaves the old site in place.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from contract.problem import Problem
from contract.resource_types import WEB_ANALYTICS_SITE
from launch.report import Finding, NotPassedError, Report, Section, Verdict
from launch.stack import Outputs, Stack
from launch.verify import Internet
from launch.verify.checks import has_beacon
from vendors import Access, Cloudflare, VendorError

SECONDS = 120.0
"""How long to wait for the new token in the served page: a deployment is promoted a moment after its build."""
_PAUSE_SECONDS = 1.0
_FINISH = "Run `pulumi up`: it finishes the rotation. Do not rotate again before that."


@dataclass(frozen=True, kw_only=True)
class Site:
    """A Web Analytics site, as in the state."""

    urn: str
    account: str
    tag: str
    created: str

    @classmethod
    def of(cls, stack: Stack) -> Site:
        """Return the stack's only site. Raises Problem."""
        found = [each for each in stack.resources() if each["type"] == WEB_ANALYTICS_SITE and not each.get("delete")]
        if len(found) != 1:
            what = f"it has {len(found)} Web Analytics sites, not one"
            raise Problem(what, where=f"stack {stack.name}", remedy="Run `pulumi up` first.")
        outputs: Mapping[str, Any] = found[0].get("outputs") or {}
        return cls(
            urn=str(found[0]["urn"]),
            account=str(outputs["accountId"]),
            tag=str(outputs["siteTag"]),
            created=str(outputs.get("created") or "an unknown time"),
        )

    @property
    def loss(self) -> str:
        """A description of the data that is lost with it."""
        return (
            f"All visits since {self.created} go with the site {self.tag} (Cloudflare keeps those of six months)."
            " The new site begins at zero, and nothing brings the old numbers back."
        )


class UnconfirmedError(Problem):
    """Nobody has agreed to the loss of the history."""


def rotate(stack: Stack, *, confirmed: bool, seconds: float = SECONDS) -> Report:
    """Replace the site, and prove the new token in the served page.

    Raises UnconfirmedError, which names the loss, before anything is changed; Problem if the update fails.
    """
    old, before = Site.of(stack), Outputs.of(stack.outputs(secrets=True))
    if not confirmed:
        raise UnconfirmedError(
            f"a rotation was not confirmed; nothing was changed. {old.loss}",
            where=f"stack {stack.name}",
            remedy="Export what you need from Cloudflare's dashboard, then repeat this with --yes.",
        )
    stack.unprotect([old.urn])
    try:
        stack.up(replace=[old.urn])
    except Problem as error:
        raise type(error)(error.what, where=error.where, remedy=_FINISH) from None
    new, after = Site.of(stack), Outputs.of(stack.outputs(secrets=True))
    findings = (_changed(before, after), _served(stack, after, seconds), _gone(stack, old))
    return Report(
        title="Rotation of the analytics token",
        kind="analytics-rotate",
        stack=stack.name,
        facts={"site": new.tag, "token": after.beacon_token},
        sections=(
            Section(title="Lost", intro=old.loss),
            Section(title="Proved", findings=findings),
        ),
        summaries={
            Verdict.PASSED: "The new token is in the served page, and the old site is gone.",
            Verdict.FAILED: "The rotation is unfinished.",
        },
        data={"lost_site": old.tag, "lost_since": old.created, "site": new.tag, "token": after.beacon_token},
    )


def _changed(before: Outputs, after: Outputs) -> Finding:
    if before.beacon_token == after.beacon_token:
        what = "the token has not changed"
        return Finding(subject="token", name="is new", verdict=Verdict.FAILED, detail=what, remedy=_FINISH)
    detail = f"{after.beacon_token[:6]}…, was {before.beacon_token[:6]}…"
    return Finding(subject="token", name="is new", verdict=Verdict.PASSED, detail=detail)


def _served(stack: Stack, outputs: Outputs, seconds: float) -> Finding:
    host = next(host.name for host in outputs.hosts if host.kind == "site")
    try:
        detail = asyncio.run(_comes(stack.environment, host, outputs.beacon_token, seconds))
    except NotPassedError as error:
        return Finding(subject=host, name="serves it", verdict=error.verdict, detail=error.what, remedy=error.remedy)
    return Finding(subject=host, name="serves it", verdict=Verdict.PASSED, detail=detail)


async def _comes(environment: Mapping[str, str], host: str, token: str, seconds: float) -> str:
    """Wait until the served page has the token. Raises NotPassedError with what the page has instead."""
    deadline = time.monotonic() + seconds
    async with Internet.from_environment(environment) as internet:
        while True:
            try:
                return await has_beacon(internet, host, token)
            except NotPassedError:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)


def _gone(stack: Stack, old: Site) -> Finding:
    """Check that the old site is no longer in the account: two sites of one host would look alike there."""
    subject, name = old.tag, "is gone"
    try:
        access = Access.of(stack.configuration(), stack.environment)
        client = Cloudflare.connect(access)
        with closing(client.api):
            left = [each["site_tag"] for each in client.analytics_sites(old.account)]
    except (VendorError, ValueError) as error:
        return Finding(subject=subject, name=name, verdict=Verdict.UNCHECKED, detail=str(error))
    if old.tag in left:
        return Finding(subject=subject, name=name, verdict=Verdict.FAILED, detail="it is still there", remedy=_FINISH)
    return Finding(subject=subject, name=name, verdict=Verdict.PASSED, detail="deleted after the deployment")
