"""`launch down`: destroy the sandbox's stack, stop every process and remove their files."""

from __future__ import annotations

from launch.local.environment import variables
from launch.local.interrupted import recover
from launch.report import Answer, ExitCode, plain_verb
from launch.stack import SANDBOX, BusyError, EngineError, PulumiError, Stack, UpdateError, applied, find, refuse_busy
from sandbox.base import Home, HomeError, home_path
from sandbox.processes import lifecycle
from toolchain.report import say


@plain_verb("down", help="Destroy the sandbox's stack and stop the sandbox.")
def down() -> Answer:
    """Return what was done, and why the stack could not be destroyed in order, if so."""
    trouble = _destroy()
    removed = lifecycle.stop(home_path())
    text = "The sandbox is gone." if removed else "There is no sandbox."
    return Answer(
        document={"removed": removed, "destroy_error": trouble},
        text="\n".join(filter(None, (text, trouble))),
        exit_code=ExitCode.AS_DECLARED if trouble is None else ExitCode.UNCHECKED,
    )


def _destroy() -> str | None:
    """Destroy the stack if the sandbox is running. Returns why this failed, or None.

    Protected resources go as well: everything ends with the sandbox's folder. Raises BusyError while an update is
    running: it would continue in a deleted folder and leave a state there that matches nothing.
    """
    try:
        home = Home.load()
        if trouble := lifecycle.trouble(home):
            say(f"The sandbox is not running ({trouble}). Removing it without destroying the stack first.")
            return None
        stack = Stack(name=SANDBOX, environment=applied(variables(home, find())))
        if not stack.exists():
            return None
        refuse_busy(home.state_backend, only_here=True)
        recover(stack)
        try:
            stack.destroy()
        except UpdateError:  # Cloudflare's provider fails on a resource that was deleted by hand
            stack.destroy(refresh=True)
    except BusyError:
        raise
    except HomeError:
        return None
    except (PulumiError, EngineError) as error:
        return f"{error}\nThe stack could not be destroyed in order. The sandbox was removed with everything in it."
    return None
