"""The outputs that this stack's last update left, asked of the engine while a run is under way.

A StackReference would keep a copy of all of them in the state.

    outputs = await earlier_outputs(stack)
    outputs.get("database")
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

ATTEMPTS = 8
FIRST_PAUSE = 0.05
"""Seconds; each pause is twice as long as the one before, six seconds in all."""


async def earlier_outputs(stack: str) -> Mapping[str, Any]:
    """Output name to value of `stack` (ORGANIZATION/PROJECT/STACK). Raises the engine's error if it stays unreadable.

    An update writes its checkpoint after each step, and a `file://` backend does not replace it and its attributes as
    one: who reads at that moment meets half a file, and a moment later a whole one.
    """
    pause = FIRST_PAUSE
    for _ in range(ATTEMPTS - 1):
        try:
            return await _read(stack)
        except Exception as error:
            pulumi.log.debug(f"reading the outputs of {stack} again: {error}")
        await asyncio.sleep(pause)
        pause *= 2
    return await _read(stack)


async def _read(stack: str) -> Mapping[str, Any]:
    found = await pulumi.runtime.invoke_async("pulumi:pulumi:readStackOutputs", {"name": stack})
    outputs: Mapping[str, Any] = found["outputs"]
    return outputs
