"""Visitors of every host during the change: which requests fail, and for how long there is no response."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from contract.problem import Problem
from launch.verify import Internet

_PAUSE = 0.1
"""Seconds between two visits to a host."""
_SETTLED = 3
"""Responses before the change that show how a host responds today."""
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Visit:
    """One request."""

    at: float
    """Seconds since the change began; below zero before it."""
    seconds: float
    status: int
    """HTTP status; 0 if there was no response."""
    trouble: str = ""
    """Why there was no response."""

    @property
    def served(self) -> bool:
        """Whether the visitor got a response without a server error."""
        return 0 < self.status < _SERVER_ERROR


@dataclass
class Host:
    """The visits to one host."""

    name: str
    path: str = "/"
    visits: list[Visit] = field(default_factory=list)

    @property
    def before(self) -> int:
        """The status of its last response before the change; 0 for no response."""
        earlier = [visit.status for visit in self.visits if visit.at < 0]
        return earlier[-1] if earlier else 0

    def served(self, visit: Visit) -> bool:
        """Return whether the response was no error, or had the same status as before the change.

        A reserved host returns 503 on purpose.
        """
        return visit.served or (visit.status > 0 and visit.status == self.before)

    @property
    def served_before(self) -> bool:
        """Whether the host was served before the change, so that it could fail."""
        return any(self.served(visit) for visit in self.visits if visit.at < 0)

    @property
    def failed(self) -> list[Visit]:
        """Requests during the change that failed after the host was served, before or during the change."""
        first = next((visit.at for visit in self.visits if self.served(visit)), None)
        if first is None:
            return []
        return [visit for visit in self.visits if visit.at >= max(0.0, first) and not self.served(visit)]

    def gap(self, end: float) -> float:
        """Return the longest time in seconds from a failed request to the next served one; 0.0 without failures."""
        return max((after - before for before, after in self.gaps(end)), default=0.0)

    def gaps(self, end: float) -> list[tuple[float, float]]:
        """Return the beginning and end of every time in which requests failed; an unfinished one lasts until `end`."""
        found: list[tuple[float, float]] = []
        since: float | None = None
        failed = {visit.at for visit in self.failed}
        for visit in self.visits:
            if visit.at in failed:
                since = visit.at if since is None else since
            elif since is not None:
                found.append((since, visit.at))
                since = None
        return found if since is None else [*found, (since, max(end, since))]


class Visitors:
    """Visits hosts from its own thread until the end of the block."""

    def __init__(self, hosts: Iterable[tuple[str, str]], environment: Mapping[str, str]) -> None:
        self.hosts = [Host(name, path) for name, path in hosts]
        self._environment = environment
        self._began: float | None = None
        self._start = time.monotonic()
        self._recording = threading.Lock()
        """Held while a visit is recorded, and while the times of the earlier ones are moved."""
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.trouble: list[str] = []

    def begin(self) -> None:
        """Mark the beginning of the change; all earlier visits count as before."""
        with self._recording:
            self._began = time.monotonic()
            before = self._began - self._start
            for host in self.hosts:
                host.visits = [replace(visit, at=visit.at - before) for visit in host.visits]

    def await_settled(self, seconds: float) -> None:
        """Wait until every host was visited a few times, but no longer than `seconds`."""
        self._settled.wait(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        try:
            async with Internet.from_environment(self._environment) as internet:
                await asyncio.gather(*(self._visit(internet, host) for host in self.hosts))
        except Exception as error:  # the report names it; otherwise the thread would just end
            self.trouble.append(f"nobody visited any more: {error or type(error).__name__}")
            self._settled.set()

    async def _visit(self, internet: Internet, host: Host) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            status, trouble = 0, ""
            try:
                status = (await internet.get(f"https://{host.name}{host.path}")).status
            except Problem as error:
                trouble = error.what
            with self._recording:
                origin = self._start if self._began is None else self._began
                host.visits.append(Visit(began - origin, time.monotonic() - began, status, trouble))
            if all(len(each.visits) >= _SETTLED for each in self.hosts):
                self._settled.set()
            await asyncio.sleep(_PAUSE)
