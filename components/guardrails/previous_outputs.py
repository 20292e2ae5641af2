"""The outputs that this stack's last update left, read once, before the first thing is declared.

A StackReference would keep a copy of all of them in the state. And a hook that asked for them would wait for ever when
the run fails meanwhile: the engine then answers no question any more, and waits for the hook.

    outputs = earlier_outputs()
    outputs.get("database")
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pulumi

ATTEMPTS = 8
FIRST_PAUSE = 0.05
"""Seconds; each pause is twice as long as the one before, six seconds in all."""


def earlier_outputs() -> Mapping[str, Any]:
    """Output name to value; empty on a stack's first run. Raises the engine's error if they stay unreadable.

    The engine writes its checkpoint as a run begins, and a `file://` backend does not replace it and its attributes as
    one: who reads at that moment meets half a file, and a moment later a whole one.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    pause = FIRST_PAUSE
    for _ in range(ATTEMPTS - 1):
        try:
            return _read(stack)
        except Exception as error:  # the SDK raises nothing more special
            pulumi.log.debug(f"reading the outputs of {stack} again: {error}")
        time.sleep(pause)
        pause *= 2
    return _read(stack)


def _read(stack: str) -> Mapping[str, Any]:
    found = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": stack}).value
    outputs: Mapping[str, Any] = found["outputs"]
    return outputs
