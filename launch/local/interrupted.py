"""Make a sandbox stack usable again after its engine was killed during an update."""

from __future__ import annotations

from launch.drift import Watch
from launch.stack import PulumiError, Stack, UpdateError, settle
from toolchain.report import Report, say


def recover(stack: Stack, report: Report = say) -> None:
    """Remove locks whose process is gone and settle interrupted operations.

    A sandbox always runs on this machine. Raises BusyError while another update is running.
    """
    settle(stack, report, only_here=True)


def update(stack: Stack, report: Report = say) -> None:
    """Update the stack and repair drift. Raises PulumiError.

    Manual deletions are drift that can make the update itself fail: to Cloudflare's provider, deleting something that
    is already gone is an error.
    """
    failure: UpdateError | None = None
    try:
        stack.up()
    except UpdateError as error:
        failure = error
    watch = Watch()
    try:
        stack.look(watch)
    except PulumiError as error:
        raise failure or error from None
    if watch.drifts:
        report(f"Changed behind the stack's back: {', '.join(each.resource for each in watch.drifts)}.")
        stack.up(refresh=True)
    elif failure:
        raise failure
