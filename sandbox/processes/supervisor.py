"""The supervisor of a sandbox's processes: `python -m sandbox.processes.supervisor MODULE:FUNCTION`.

It starts each service of the plan, restarts a dead one with exponential backoff, and stops all of them on SIGTERM.
The state of a service is in `run/NAME.json`: process id, number of restarts, last exit code.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from contract.paths import PROJECT
from sandbox.base import Home
from sandbox.processes import processes
from sandbox.processes.services import Service, plan

NAME = "supervisor"

_TICK = 0.1
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
"""Seconds before a dead service is restarted; doubled with each restart."""
_STEADY = 30.0
"""Seconds of uptime after which the exit of a service no longer counts as a failed start."""
_GRACE = 15.0
"""Seconds that a service may take to stop."""
_LARGEST_LOG = 10_000_000
"""The size in bytes above which a log is rotated when its process starts."""
_VENDORS = ("CLOUDFLARE_", "NEON_", "PG", "PULUMI_", "VERCEL_")
"""Prefixes of variables for the vendors' clients."""

log = logging.getLogger(NAME)


@dataclass(frozen=True, kw_only=True)
class Record:
    """The supervisor's record of a service."""

    pid: int | None = None
    restarts: int = 0
    exit: int | None = None
    """The exit code of its last process."""

    @classmethod
    def load(cls, home: Home, name: str) -> Record:
        """Return the record of the service `name`; an empty one before its first start."""
        file = home.run / f"{name}.json"
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    def save(self, home: Home, name: str) -> None:
        """Replace the service's record."""
        partial = home.run / f"{name}.partial"
        partial.write_text(json.dumps(asdict(self)))
        partial.replace(home.run / f"{name}.json")


@dataclass
class _Child:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = _SHORTEST_PAUSE
    restarts: int = 0
    exit: int | None = None


@dataclass
class Supervisor:
    """The services of one sandbox."""

    home: Home
    services: tuple[Service, ...]
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Keep the services running until `stopped` is set, then stop them, the last one first."""
        children = [_Child(service) for service in self.services]
        try:
            while not self.stopped.wait(_TICK):
                for child in children:
                    self._tend(child)
        finally:
            for child in reversed(children):
                self._end(child)

    def _tend(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                self._start(child)
            return
        child.exit = child.process.poll()
        if child.exit is None:
            return
        name = child.service.name
        # A killed service leaves orphans on ports that its successor needs.
        processes.end(processes.family(self.home.path, name), _GRACE)
        child.pause = _SHORTEST_PAUSE if now - child.started > _STEADY else min(child.pause * 2, _LONGEST_PAUSE)
        log.warning("%s ended with code %s, starting again in %.1f s", name, child.exit, child.pause)
        child.process, child.due = None, now + child.pause
        child.restarts += 1
        self._record(child)

    def _start(self, child: _Child) -> None:
        service = child.service
        file = self.home.logs / f"{service.name}.log"
        if file.exists() and file.stat().st_size > _LARGEST_LOG:
            file.replace(file.with_suffix(".1.log"))
        environment = {
            **_without_credentials(os.environ),
            "LAUNCH_SANDBOX_HOME": str(self.home.path),
            "PYTHONUNBUFFERED": "1",
            processes.MARK: processes.mark(self.home.path, service.name),
        }
        with file.open("ab") as output:
            child.process = subprocess.Popen(
                service.command,
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        child.started = time.monotonic()
        log.info("started %s as process %s", service.name, child.process.pid)
        self._record(child)

    def _end(self, child: _Child) -> None:
        """Let the service stop its own processes, then end the rest."""
        log.info("ending %s", child.service.name)
        if child.process is not None:
            child.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(_GRACE)
        processes.end(processes.family(self.home.path, child.service.name), _GRACE)

    def _record(self, child: _Child) -> None:
        pid = child.process.pid if child.process else None
        Record(pid=pid, restarts=child.restarts, exit=child.exit).save(self.home, child.service.name)


def _without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without a shell's credentials for the real clouds, which the sandbox must never use."""
    return {name: value for name, value in environment.items() if not name.startswith(_VENDORS)}


def main() -> None:
    """Supervise the plan given on the command line, for the sandbox in LAUNCH_SANDBOX_HOME, in the background."""
    if os.fork():
        os._exit(0)
    os.setsid()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    home = Home.load()
    supervisor = Supervisor(home, plan(sys.argv[1])(home))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the sandbox survives its terminal
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stopped.set())
    supervisor.run()


if __name__ == "__main__":
    main()
