"""A stack that a killed run left behind, made fit for the next one."""

from __future__ import annotations

import time

from launch.stack import SANDBOX, Stack

_LOOK_SECONDS = 1.0


def settle(stack: Stack, backend: str, *, wait: float) -> None:
    """Remove the locks of dead processes and forget what was just being made; what there is, is looked up anew.

    `backend` names the stack whose backend it is in. In the sandbox a run that is still at work is waited for, `wait`
    seconds; elsewhere nobody can tell whether the holder of a lock lives, and the engine refuses. Raises PulumiError.
    """
    if backend != SANDBOX:
        if stack.pending():
            stack.refresh(clear_pending_creates=True)
        return
    from launch.local import BusyError, recover_running

    deadline = time.monotonic() + wait
    while True:
        try:
            recover_running(stack)
        except BusyError:
            if time.monotonic() >= deadline:
                raise
        else:
            return
        time.sleep(_LOOK_SECONDS)
