"""Migrations of a Worker's Durable Object classes: which block, if any, the next update must send.

The provider sends the block of a WorkersScript with every update, and Cloudflare refuses one that is already applied.
So it may be there only in the update that applies it. Cloudflare itself knows best what is applied: an update may fail
after the script was uploaded, or its answer may be lost.

To take the block out again is a change, which would be one more update for nothing. So it stays declared for as long as
nothing else changes, neither in the program nor at Cloudflare: no update is sent then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pulumi_cloudflare as cloudflare

from components.settings import Findings, RefusedError


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One step in the history of a Worker's classes. A step is never changed; the next one is added after it."""

    tag: str
    new_sqlite_classes: tuple[str, ...] = ()
    deleted_classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """A script as Cloudflare has it."""

    tag: str = ""
    """Of its last migration."""
    modified_on: str = ""


def uploaded(account_id: str, script: str) -> Uploaded | None:
    """The Worker `script`, asked for at once; None if there is none."""
    for found in cloudflare.get_workers_scripts(account_id=account_id).results:
        if found.id == script:
            return Uploaded(tag=found.migration_tag or "", modified_on=found.modified_on or "")
    return None


def fingerprint(**inputs: object) -> str:
    """Changes with the inputs of a script, all known now, and with the version of the SDK that would send them."""
    told = {**inputs, "sdk": version("pulumi-cloudflare")}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=repr).encode()).hexdigest()[:16]


def block(
    script: str,
    history: Sequence[Migration],
    present: Uploaded | None,
    *,
    inputs: str = "",
    earlier: Mapping[str, Any] | None = None,
) -> cloudflare.WorkersScriptMigrationsArgs | None:
    """The block with which `script` is to be declared, or None.

    `inputs` is the fingerprint of what is declared now, `earlier` what `record` said at the last update. Raises
    RefusedError if Cloudflare's tag is not in `history`.
    """
    tags = [step.tag for step in history]
    tag = present.tag if present else ""
    if tag and tag not in tags:
        findings = Findings()
        what = f"is at the migration {tag!r}, which this program does not know (it knows {', '.join(tags)})"
        remedy = "Deploy from the newest commit, which knows it; a migration that was applied is never taken out."
        findings.add(f"Worker {script}", what, remedy)
        raise RefusedError("The classes of a Worker are further than this program; nothing was changed.", findings)
    since = tags.index(tag) + 1 if tag else 0
    if since < len(history):
        return _block(history[since:], tag)
    before = earlier or {}
    untouched = present is not None and before.get("modified_on") == present.modified_on
    if history and untouched and before.get("sent_with") == inputs:
        start = str(before.get("sent_from") or "")
        return _block(history[tags.index(start) + 1 if start in tags else 0 :], start)
    return None


def record(
    sent: cloudflare.WorkersScriptMigrationsArgs | None, inputs: str, script: cloudflare.WorkersScript
) -> dict[str, Any]:
    """What the next run must know, as a part of the stack's outputs."""
    told = {"sent_with": inputs, "sent_from": sent.old_tag or ""} if sent else {"sent_with": ""}
    return {**told, "modified_on": script.modified_on}


def _block(steps: Sequence[Migration], old_tag: str) -> cloudflare.WorkersScriptMigrationsArgs:
    """The first of all migrations is one step, as it was once sent; later ones are steps."""
    return cloudflare.WorkersScriptMigrationsArgs(
        old_tag=old_tag or None,
        new_tag=steps[-1].tag,
        steps=[
            cloudflare.WorkersScriptMigrationsStepArgs(
                new_sqlite_classes=list(step.new_sqlite_classes) or None,
                deleted_classes=list(step.deleted_classes) or None,
            )
            for step in steps
        ],
    )
