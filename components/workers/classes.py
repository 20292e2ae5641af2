"""Migrations of a Worker's Durable Object classes: which block, if any, the next update must send.

The provider sends the block of a WorkersScript with every update, and Cloudflare refuses one that is already applied
(C15). So it may be present only in the update that applies it. Cloudflare itself is the authority on what is applied:
an update may fail after uploading the script, or its response may be lost.

Removing the block is a change, which would cause one more update for nothing. So it stays declared while nothing else
changes, in the program or at Cloudflare: no update is sent then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import pulumi_cloudflare as cloudflare

from components.settings import Mistakes, RefusedError
from vendors import Access, Cloudflare, VendorError

_DECIDED = "decided by classes"
"""Attribute of a block that this module created. It is no property of the resource, so the engine does not see it."""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One step in the history of a Worker's classes. A step never changes; the next one is added after it."""

    tag: str
    new_sqlite_classes: tuple[str, ...] = ()
    deleted_classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """A script as it is at Cloudflare."""

    tag: str = ""
    """Tag of its last migration."""
    modified_on: str = ""


def uploaded(access: Access, account_id: str, script: str) -> Uploaded | None:
    """Return the Worker `script`, read immediately; None if there is none. Raises RefusedError."""
    try:
        client = Cloudflare.connect(access)
        with closing(client.api):
            found = next((one for one in client.scripts(account_id) if one["id"] == script), None)
    except VendorError as error:
        mistakes = Mistakes()
        mistakes.add(f"Worker {script}", f"Cloudflare {error.what}", error.remedy)
        raise RefusedError("The stack's Workers cannot be read; nothing was changed.", mistakes) from None
    if found is None:
        return None
    return Uploaded(tag=str(found.get("migration_tag") or ""), modified_on=str(found.get("modified_on") or ""))


def fingerprint(**inputs: object) -> str:
    """Return a digest of a script's inputs, all of them known, and of the version of the SDK that sends them."""
    inputs_sent = {**inputs, "sdk": version("pulumi-cloudflare")}
    return hashlib.sha256(json.dumps(inputs_sent, sort_keys=True, default=repr).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Classes:
    """The Durable Object classes of a Worker: their history, and how far Cloudflare and the last update are in it."""

    history: Sequence[Migration]
    present: Uploaded | None
    earlier: Mapping[str, Any] = field(default_factory=dict)
    """The result of `record` at the last update."""

    def block(self, script: str, inputs: str) -> cloudflare.WorkersScriptMigrationsArgs | None:
        """Return the block to declare `script` with, or None. `inputs` is the fingerprint of the declaration.

        Raises RefusedError if Cloudflare's tag is not in the history.
        """
        tags = [step.tag for step in self.history]
        tag = self.present.tag if self.present else ""
        if tag and tag not in tags:
            mistakes = Mistakes()
            what = f"is at the migration {tag!r}, which this program does not have (it has {', '.join(tags)})"
            remedy = "Deploy from the newest commit, which has it; an applied migration is never removed."
            mistakes.add(f"Worker {script}", what, remedy)
            raise RefusedError("A Worker's classes are ahead of this program; nothing was changed.", mistakes)
        since = tags.index(tag) + 1 if tag else 0
        if since < len(tags):
            return _block(self.history[since:], tag)
        untouched = self.present and self.earlier.get("modified_on") == self.present.modified_on
        if untouched and self.earlier.get("sent_with") == inputs:
            start = str(self.earlier.get("sent_from") or "")
            return _block(self.history[tags.index(start) + 1 if start in tags else 0 :], start)
        return None

    def record(
        self, sent: cloudflare.WorkersScriptMigrationsArgs | None, inputs: str, script: cloudflare.WorkersScript
    ) -> dict[str, Any]:
        """Return the record for the next run, part of the stack's outputs."""
        block = {"sent_with": inputs, "sent_from": sent.old_tag or ""} if sent else {"sent_with": ""}
        return {**block, "modified_on": script.modified_on}


def is_decided(block: object) -> bool:
    """Return whether `Classes.block` decided a script's `migrations`: any other block is sent with every update."""
    return _DECIDED in getattr(block, "__dict__", {})


def _block(steps: Sequence[Migration], old_tag: str) -> cloudflare.WorkersScriptMigrationsArgs:
    block = cloudflare.WorkersScriptMigrationsArgs(
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
    vars(block)[_DECIDED] = True
    return block
