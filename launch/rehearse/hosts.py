"""Visitors of every host while the change is made: which requests fail, and for how long nothing is answered."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from contract.problem import Problem
from launch.verify import Internet

_PAUSE = 0.1
"""Seconds between two visitors of a host."""
_SETTLED = 3
"""Answers before the change that tell how a host answers today."""
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Visit:
    """One request."""

    at: float
    """Seconds since the change began; below zero before it."""
    seconds: float
    status: int
    """Of HTTP; 0 where there was no answer."""
    trouble: str = ""
    """Why there was none."""

    @property
    def served(self) -> bool:
        """Whether a visitor got what is not an error."""
        return 0 < self.status < _SERVER_ERROR


@dataclass
class Host:
    """What the visitors of one host saw."""

    name: str
    path: str = "/"
    visits: list[Visit] = field(default_factory=list)

    @property
    def before(self) -> int:
        """The status with which it was answered before the change; 0 for no answer."""
        earlier = [visit.status for visit in self.visits if visit.at < 0]
        return earlier[-1] if earlier else 0

    def served(self, visit: Visit) -> bool:
        """Whether the visitor got what is not an error, or the very status with which the host was answered before.

        A reserved host says 503 on purpose.
        """
        return visit.served or (visit.status > 0 and visit.status == self.before)

    @property
    def served_before(self) -> bool:
        """Whether there was something that could fail."""
        return any(self.served(visit) for visit in self.visits if visit.at < 0)

    @property
    def failed(self) -> list[Visit]:
        """Requests during the change that failed where the host was served before, or as soon as it was."""
        first = next((visit.at for visit in self.visits if self.served(visit)), None)
        if first is None:
            return []
        return [visit for visit in self.visits if visit.at >= max(0.0, first) and not self.served(visit)]

    def gap(self, end: float) -> float:
        """The longest time in seconds from the first failed request to the next that was served; 0.0 for none."""
        return max((after - before for before, after in self.gaps(end)), default=0.0)

    def gaps(self, end: float) -> list[tuple[float, float]]:
        """Every time in which requests failed, from and to; one that did not end goes on to `end`."""
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
    """Visits hosts from a thread of its own, for as long as the block lasts."""

    def __init__(self, hosts: Iterable[tuple[str, str]], environment: Mapping[str, str]) -> None:
        self.hosts = [Host(name, path) for name, path in hosts]
        self._environment = environment
        self._began: float | None = None
        self._start = time.monotonic()
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.trouble: list[str] = []

    def begin(self) -> None:
        """Now the change begins: what was seen until now is how things were before."""
        now = time.monotonic()
        self._began = now
        for host in self.hosts:
            host.visits = [
                Visit(visit.at - (now - self._start), visit.seconds, visit.status, visit.trouble)
                for visit in list(host.visits)
            ]

    def await_settled(self, seconds: float) -> None:
        """Wait until every host was visited a few times, or has been given its time."""
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
        except Problem as error:
            self.trouble.append(str(error))
            self._settled.set()

    async def _visit(self, internet: Internet, host: Host) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            status, trouble = 0, ""
            try:
                status = (await internet.get(f"https://{host.name}{host.path}")).status
            except Problem as error:
                trouble = error.what
            origin = self._start if self._began is None else self._began
            host.visits.append(Visit(began - origin, time.monotonic() - began, status, trouble))
            if all(len(each.visits) >= _SETTLED for each in self.hosts):
                self._settled.set()
            await asyncio.sleep(_PAUSE)
