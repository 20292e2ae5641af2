"""Cron triggers: calls of the Workers' scheduled handlers, when due and on request."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sandbox.cloud.cloudflare.workers import Expression
from sandbox.edge.model import Snapshot

log = logging.getLogger(__name__)

Call = Callable[[str, str, datetime], Awaitable[str]]
"""A call of the scheduled handler of ACCOUNT/NAME for a cron expression and a moment, which returns the outcome."""
OK = "ok"
_KEPT = 100


@dataclass(frozen=True, kw_only=True)
class Run:
    """One call of a scheduled handler."""

    script: str
    """The name of the Worker."""
    cron: str
    scheduled: str
    """The minute for which it was due, in UTC."""
    outcome: str
    """`ok`, `exception`, or the reason why it could not be called."""


class Schedules:
    """The triggers of all Workers. Triggers missed while this process did not run are not made up for."""

    def __init__(
        self, snapshot: Callable[[], Snapshot], call: Call, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._snapshot = snapshot
        self._call = call
        self._now = now
        self._runs: deque[Run] = deque(maxlen=_KEPT)

    async def keep(self) -> None:
        """Run due triggers every minute, until cancelled."""
        while True:
            now = self._now()
            minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            await asyncio.sleep((minute - now).total_seconds())
            await self.run_due(minute)

    async def run_due(self, minute: datetime) -> list[Run]:
        """Call every due handler of this minute, concurrently."""
        due = [(script, cron) for script, cron in self._snapshot().schedules if Expression.of(cron).matches(minute)]
        return list(await asyncio.gather(*(self._run(script, cron, minute) for script, cron in due)))

    async def run_now(self, name: str, cron: str | None = None) -> Run | None:
        """Call the handler of this Worker as if its only trigger, or that of `cron`, were due.

        None if there is no such trigger, or there are several and `cron` is not given.
        """
        found = [
            (script, expression)
            for script, expression in self._snapshot().schedules
            if script.rpartition("/")[2] == name and cron in (None, expression)
        ]
        return await self._run(*found[0], self._now()) if len(found) == 1 else None

    def documents(self) -> list[dict[str, str]]:
        """Return the latest runs, oldest first."""
        return [asdict(run) for run in self._runs]

    async def _run(self, script: str, cron: str, moment: datetime) -> Run:
        try:
            outcome = await self._call(script, cron, moment)
        except Exception as error:  # a failed run must not prevent the next one
            log.exception("The cron trigger %r of %s", cron, script)
            outcome = f"failed: {error}"
        run = Run(script=script.rpartition("/")[2], cron=cron, scheduled=moment.isoformat(), outcome=outcome)
        (log.info if outcome == OK else log.error)("The cron trigger %r of %s: %s", cron, script, outcome)
        self._runs.append(run)
        return run
