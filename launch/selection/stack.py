"""Select the stack that a verb works on."""

from __future__ import annotations

import os
import re

from contract.problem import Problem
from launch.stack import SANDBOX, Stack, applied, find

_NAME = re.compile(r"(?:(?!\.{1,2}/)[A-Za-z0-9._-]{1,100}/){0,2}(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_LONGEST = 40


def named(name: str | None = None) -> Stack:
    """Return the stack `name`, or that of PULUMI_STACK, or the sandbox's.

    The sandbox's stack gets the sandbox's environment; any other keeps the caller's backend and credentials. Raises
    Problem if it is the sandbox's stack and the sandbox is not running.
    """
    name = chosen(name)
    if name != SANDBOX:
        return Stack(name=name, environment=applied(find().environment()))
    from launch.local import of_running_sandbox

    return Stack(name=name, environment=applied(of_running_sandbox()))


def chosen(name: str | None = None) -> str:
    """Return the name of the stack that `named` works on. Raises Problem for an invalid name."""
    name = name or os.environ.get("PULUMI_STACK") or SANDBOX
    if not _NAME.fullmatch(name):
        shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        remedy = "Letters, digits, `.`, `_` and `-`, at most 100; with ORGANIZATION/PROJECT/ in front if need be."
        raise Problem(f"{shown!r} is not a name of a stack", where="--stack or PULUMI_STACK", remedy=remedy)
    return name
