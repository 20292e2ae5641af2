"""`launch down`: destroy the sandbox's stack, stop every process and remove what they kept."""

from __future__ import annotations

import json
import sys

import click

from launch.local.environment import variables
from launch.local.interrupted import BusyError, recover
from launch.stack import SANDBOX, EngineError, PulumiError, Stack, UpdateError, applied, find
from sandbox.base import Home, HomeError, home_path
from sandbox.processes import lifecycle
from toolchain.report import say


@click.command("down")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
def down(*, as_json: bool) -> None:
    """Destroy the sandbox's stack and stop all of the sandbox."""
    trouble = _destroy()
    removed = lifecycle.stop(home_path())
    if as_json:
        click.echo(json.dumps({"removed": removed, "error": trouble}))
    elif removed:
        say("The sandbox is gone.")
    else:
        say("There is no sandbox.")
    if trouble is not None:
        say(trouble)
        sys.exit(1)


def _destroy() -> str | None:
    """Destroy the stack if the sandbox runs; why this failed, or None.

    What production protects must go here, too: the whole of it ends with the sandbox's folder. Raises BusyError while
    an update is running: it would go on in a folder that is gone, and leave a state there that fits nothing.
    """
    try:
        home = Home.load()
        if trouble := lifecycle.trouble(home):
            say(f"The sandbox does not run ({trouble}): it is removed without destroying the stack first.")
            return None
        stack = Stack(name=SANDBOX, environment=applied(variables(home, find())))
        if not stack.exists():
            return None
        recover(stack, home)
        try:
            stack.destroy()
        except UpdateError:  # something may have been deleted by hand, which is an error to Cloudflare's provider
            stack.destroy(refresh=True)
    except BusyError:
        raise
    except HomeError:
        return None
    except (PulumiError, EngineError) as error:
        return f"{error}\nThe stack could not be destroyed in order; the sandbox was removed with all that was in it."
    return None
