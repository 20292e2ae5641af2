"""One look at everything of a stack: its resources, the accounts around it and its hosts from outside, all at once.

The engine's comparison of the resources takes longest, so it begins first, and the rest runs meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from launch.drift.watch import Watch
from launch.report import Finding, Verdict
from launch.stack import PulumiError, Stack, State

if TYPE_CHECKING:
    from launch.drift.beside import Beside
    from launch.drift.seen import Seen

ATTEMPTS = 2
"""Looks at a stack that another run is changing, before that run is reported instead."""
SECONDS = 45.0
"""Timeout of each check from outside."""


def look(stack: Stack) -> Seen:
    """Look at everything that drift reports. Raises PulumiError if the stack does not exist or nothing is deployed.

    A difference counts only if no other run wrote the state meanwhile: it may be that run's half-done change.
    """
    for _ in range(ATTEMPTS):
        seen, state = _once(stack)
        if seen.report().verdict.good or stack.state().written == state.written:
            return seen
    return replace(seen, moving=True)


def around(stack: Stack) -> Beside:
    """Return the undeclared objects in the accounts, without a look at the rest. Raises PulumiError."""
    from launch.drift.accounts import accounts

    return accounts(stack, stack.state()).beside


def _once(stack: Stack) -> tuple[Seen, State]:
    watch = Watch()
    with ThreadPoolExecutor(max_workers=4) as pool:
        compared = pool.submit(_compared, stack, watch)
        exported = pool.submit(stack.state)
        # The engine is starting meanwhile, so these imports cost no time.
        from launch.drift.accounts import accounts
        from launch.drift.seen import Seen
        from launch.picture import of_state
        from launch.verify.checks import inspected, vantage

        state = _deployed(stack, exported.result())
        outside = pool.submit(inspected, state.outputs(secrets=True), stack.environment, seconds=SECONDS)
        held = accounts(stack, state)
        kept_from = compared.result()
        unchecked = (*_pending(state), *kept_from)
        seen = Seen(
            stack=stack.name,
            # A comparison that broke off is not trusted at all.
            watch=Watch() if kept_from else watch,
            beside=held.beside,
            outside=outside.result(),
            seen_from=vantage(stack.environment),
            secrets=held.secrets,
            ending=held.ending,
            protections_off=state.outputs().get("protections_off") or {},
            outputs=state.outputs(),
            resources=tuple(each["urn"].rpartition("::")[2] for each in state.resources if each.get("custom")),
            picture=asdict(of_state(state.resources, state.outputs().get("hosts") or {})),
            unchecked=unchecked,
        )
    return seen, state


def _compared(stack: Stack, watch: Watch) -> tuple[Finding, ...]:
    """Return why the engine could not compare; `watch` keeps the results."""
    try:
        stack.look(watch)
    except PulumiError as error:
        detail = "\n".join(dict.fromkeys([error.what, *watch.errors]))
        found = Finding(
            subject="resources", name="comparison", verdict=Verdict.UNCHECKED, detail=detail, remedy=error.remedy
        )
        return (found,)
    if not watch.looked_at:
        detail = "the engine compared nothing, although the state holds resources"
        return (Finding(subject="resources", name="comparison", verdict=Verdict.UNCHECKED, detail=detail),)
    return ()


def _deployed(stack: Stack, state: State) -> State:
    if any(each.get("custom") and not each["type"].startswith("pulumi:") for each in state.resources):
        return state
    raise PulumiError(
        "it has no resources: nothing is deployed",
        where=f"stack {stack.name}",
        remedy="Run `pulumi up` first.",
    )


def _pending(state: State) -> Iterator[Finding]:
    if state.pending:
        names = ", ".join(str(each["resource"]["urn"]).rpartition("::")[2] for each in state.pending)
        yield Finding(
            subject="stack",
            name="at rest",
            verdict=Verdict.UNCHECKED,
            detail=f"an update is running, or was killed before it had finished: {names}",
            remedy="Look again when it has ended; after one that was killed, run `pulumi up`.",
        )
