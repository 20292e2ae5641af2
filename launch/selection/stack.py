"""Which stack a verb works on."""

from __future__ import annotations

import os

from launch.stack import SANDBOX, Stack, applied, find


def named(name: str | None = None) -> Stack:
    """The stack `name`, or that of PULUMI_STACK, or the sandbox's.

    The sandbox's stack gets the sandbox's environment; any other keeps the caller's backend and credentials. Raises
    Problem if it is the sandbox's stack and the sandbox is not running.
    """
    name = name or os.environ.get("PULUMI_STACK") or SANDBOX
    if name != SANDBOX:
        return Stack(name=name, environment=applied(find().environment()))
    from launch.local import of_running_sandbox

    return Stack(name=name, environment=applied(of_running_sandbox()))
