"""What is looked at before the first thing is declared: what this stack has had, and else whether its vendors answer.

On a stack's first run nothing else tells in time whether Vercel and Neon know the credential: a preview asks Neon
nothing at all, and an update would have made half of the launch before one of them refuses. Cloudflare is asked for the
zone in every run (see `zone.py`).

    earlier = preflight(settings)    # raises RefusedError
    earlier.get("database")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pulumiverse_vercel as vercel

from components.guardrails.previous_outputs import earlier_outputs
from components.sdk import neon
from components.settings.problems import Findings, RefusedError
from components.settings.settings import Settings

CONFIGURED, GENERATED = "configured", "generated"
"""Where the key of users' secrets comes from, as the output `master_key` says it."""
_NOT_FOUND = re.compile(r"\b404\b|not.?found", re.IGNORECASE)
_NO_PROJECT = "no-such-project-00000000"
"""In the form of a Neon project's id."""


def preflight(settings: Settings) -> Mapping[str, Any]:
    """The outputs that the last update left.

    Raises RefusedError if the key of users' secrets would be replaced, or, on a first run, if a vendor cannot be used.
    """
    earlier = earlier_outputs()
    if not earlier:
        refuse_unusable_vendors(settings.dashboard.project)
    refuse_lost_key(earlier.get("master_key"), settings.master_key)
    return earlier


def refuse_lost_key(earlier: str | None, present: str) -> None:
    """Raise RefusedError if the last update had a key from the configuration, and now there is none.

    (The way back from a generated key to a configured one ends at the protection of the generated one.)
    """
    if earlier == CONFIGURED and not present:
        findings = Findings()
        remedy = "Set it again: pulumi config set --secret userSecretsMasterKey"
        findings.add("prductr:userSecretsMasterKey", "is no longer set; what users stored could not be read", remedy)
        raise RefusedError("The stack needs its key; nothing was changed.", findings)


def refuse_unusable_vendors(vercel_project: str) -> None:
    """Raise RefusedError, naming each vendor that does not answer or refuses the credential.

    `vercel_project` is the name of one that may exist or not.
    """
    findings = Findings()
    questions: dict[str, Callable[[], object]] = {
        "Vercel": lambda: vercel.get_project(name=vercel_project),
        "Neon": lambda: neon.get_project(_NO_PROJECT),
    }
    for vendor, ask in questions.items():
        try:
            ask()
        except Exception as error:  # Pulumi raises nothing more special when a function fails
            if not _was_let_in(str(error)):
                reason = " ".join(str(error).rpartition("returned an error: ")[2].split())
                remedy = "Its API must be reachable, and the credential must be one of the team or organization."
                findings.add(vendor, f"refuses or does not answer: {reason}", remedy)
    if findings.found:
        raise RefusedError("The stack needs its vendors; nothing was changed.", findings)


def _was_let_in(error: str) -> bool:
    """Whether it only tells that there is no such project: whoever hears that was let in. The team must be there."""
    return "Vercel Team" not in error and bool(_NOT_FOUND.search(error))
