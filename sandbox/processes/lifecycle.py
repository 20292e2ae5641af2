"""Start, stop and status of a sandbox. Every call determines the actual state itself, whatever happened before.

Starting and stopping import half of the sandbox. Every verb checks whether the sandbox runs, so the status must not
wait for those imports.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from contract.paths import PROJECT
from contract.problem import Problem
from sandbox.base import AUTO, DEFAULT_PORT_BASE, Home, Ports, is_own, remove, require_loopback
from sandbox.processes import processes, services, supervisor
from sandbox.processes.services import Service
from toolchain.cache import cache, locked
from toolchain.report import Report, say

_DEADLINE = 180.0
"""Seconds until every service must be ready."""
_END = 60.0
"""Seconds that the supervisor may take to stop everything."""
_ATTEMPTS = 2
"""The number of exits of a service before it is ready after which it counts as broken."""
_PORT_ATTEMPTS = 3
"""How often automatic ports are chosen before a start fails because other programs keep taking them."""
_AGAIN = "Stop that program, or start the sandbox again."
_CODE = {".py", ".yaml", ".json", ".js", ".mjs", ".txt", ".html", ".sql"}
"""Files of `_ROOMS` whose change requires new processes."""
_ROOMS = ("sandbox", "toolchain", "contract")


class SandboxError(Problem):
    """The sandbox could not be started or stopped."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The status of one process of a sandbox."""

    name: str
    pid: int | None
    restarts: int
    trouble: str | None
    """The reason why it is not ready, or None."""


def start(path: Path, report: Report = say, plan: str = services.STANDARD, deadline: float = _DEADLINE) -> Home:
    """Start the sandbox in `path` unless it is running, and wait until it is ready. May raise HomeError."""
    path = path.resolve()
    require_loopback()
    with _exclusive(path, report):
        home = _described(path)
        if not _runs_unchanged(home):
            _end_processes(path)
            if not (path / "sandbox.json").exists():
                _remove(path)  # a state whose clouds are gone
            return _started(_with_free_ports(home, plan), report, plan, deadline)
        _await_or_end(home, report, plan, deadline)
        return home


def stop(path: Path, report: Report = say) -> bool:
    """Stop every process of the sandbox in `path` and remove its folder; False if there was neither."""
    path = path.resolve()
    with _exclusive(path, report):
        running = bool(processes.marked(path))
        if running:
            report("Stopping the sandbox.")
        elif not is_own(path):
            raise SandboxError(
                "it holds no sandbox, so it was not removed",
                where=str(path),
                remedy="Check LAUNCH_SANDBOX_HOME, or remove the folder yourself.",
            )
        _end_processes(path)
        found = path.exists()
        _remove(path)
        return running or found


def _remove(path: Path) -> None:
    if path.exists():
        from sandbox.cloud.neon.compute import storage

        storage.remove(path)
        remove(path)


def status(home: Home, plan: str = services.STANDARD) -> list[Condition]:
    """Return the status of each process of the sandbox, the supervisor first."""
    watching = processes.marked(home.path, supervisor.NAME)
    pid, trouble = (watching[0].pid, None) if watching else (None, "not running")
    found = [Condition(name=supervisor.NAME, pid=pid, restarts=0, trouble=trouble)]
    for service in services.plan(plan)(home):
        record = supervisor.Record.load(home, service.name)
        living = {process.pid for process in processes.marked(home.path, service.name)}
        pid = record.pid if record.pid in living else None
        trouble = service.missing() if pid else "not running"
        found.append(Condition(name=service.name, pid=pid, restarts=record.restarts, trouble=trouble))
    return found


def trouble(home: Home, plan: str = services.STANDARD) -> str | None:
    """Return the first reason why the sandbox is not ready, or None."""
    found = (f"{condition.name}: {condition.trouble}" for condition in status(home, plan) if condition.trouble)
    return next(found, None)


def running(path: Path | None = None) -> Home:
    """Return the sandbox in `path` (default: `home_path()`). Raises HomeError, or SandboxError if it is not ready."""
    home = Home.load(path)
    if found := trouble(home):
        raise SandboxError(f"the sandbox is not running ({found})", remedy="Start it with `make up`.")
    return home


def _exclusive(path: Path, report: Report) -> AbstractContextManager[None]:
    """Return a lock, with which only one process starts or stops a sandbox at a time."""
    return locked(cache() / f"sandbox-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}", report)


def _described(path: Path) -> Home:
    """Return the sandbox in `path`, or a new one, on the ports that LAUNCH_SANDBOX_PORT_BASE sets."""
    base = os.environ.get("LAUNCH_SANDBOX_PORT_BASE")
    if not (path / "sandbox.json").exists():
        if not is_own(path):
            raise SandboxError(
                "it holds other files, and a sandbox's folder is removed when it ends",
                where=str(path),
                remedy="Empty it, or set LAUNCH_SANDBOX_HOME to a folder that does not exist.",
            )
        _require_scenario()
        return Home.new(path, base or str(DEFAULT_PORT_BASE))
    home = Home.load(path)
    return home if base in {None, "", AUTO} else replace(home, ports=Ports.allocate(str(base)))


def _require_scenario() -> None:
    """Raise SandboxError for a scenario that does not exist; the clouds would only notice at their first start."""
    from sandbox.cloud import scenarios

    name = os.environ.get(scenarios.VARIABLE, scenarios.DEFAULT)
    if not scenarios.known(name):
        remedy = f"Give one of {', '.join(scenarios.names())}, or the folder of a twin."
        raise SandboxError(f"{scenarios.VARIABLE} is {name!r}", remedy=remedy)


def _scenario() -> dict[str, str]:
    """Return the variable for a twin, with an absolute path because the processes have another working directory."""
    from sandbox.cloud import scenarios

    name = os.environ.get(scenarios.VARIABLE, "")
    return {scenarios.VARIABLE: str(Path(name).absolute())} if scenarios.twin.is_twin(name) else {}


def _runs_unchanged(home: Home) -> bool:
    file = home.run / "fingerprint"
    running = processes.marked(home.path, supervisor.NAME)
    return bool(running) and file.exists() and file.read_text() == _fingerprint(home)


def _fingerprint(home: Home) -> str:
    """Return a digest of everything that running processes have loaded: the code, the packages, the ports."""
    total = hashlib.sha256(repr((sys.executable, astuple(home.ports))).encode())
    code = [
        file
        for room in _ROOMS
        for file in (PROJECT / room).rglob("*")
        if file.suffix in _CODE and "node_modules" not in file.parts
    ]
    for file in (PROJECT / "requirements.txt", *sorted(code)):
        total.update(file.read_bytes())
    return total.hexdigest()


def _with_free_ports(home: Home, plan: str) -> Home:
    busy = [message for service in services.plan(plan)(home) if (message := service.busy())]
    if not busy:
        return home
    if os.environ.get("LAUNCH_SANDBOX_PORT_BASE") == AUTO:
        return replace(home, ports=Ports.allocate(AUTO))
    raise SandboxError(
        busy[0],
        remedy="Stop the program that uses it, or set LAUNCH_SANDBOX_PORT_BASE to the first of eleven free ports"
        f" (now {home.ports.cloud}), or to `{AUTO}`.",
    )


def _started(home: Home, report: Report, plan: str, deadline: float) -> Home:
    """Start the processes. If another program took a port in the meantime, choose automatic ports again."""
    for attempt in range(1, _PORT_ATTEMPTS + 1):
        home.save()
        _spawn(home, plan)
        try:
            _await_or_end(home, report, plan, deadline)
        except SandboxError:
            other = _with_free_ports(home, plan)  # its own processes have ended, so other programs use the busy ports
            if other == home or attempt == _PORT_ATTEMPTS:
                raise
            home = other
        else:
            break
    return home


def _await_or_end(home: Home, report: Report, plan: str, deadline: float) -> None:
    try:
        _await(home, services.plan(plan)(home), report, deadline)
    except BaseException:
        _end_processes(home.path)
        raise


def _spawn(home: Home, plan: str) -> None:
    environment = {
        **os.environ,
        **_scenario(),
        "LAUNCH_SANDBOX_HOME": str(home.path),
        processes.MARK: processes.mark(home.path, supervisor.NAME),
    }
    for record in (*home.run.glob("*.json"), *home.run.glob("fingerprint")):
        record.unlink()
    with (home.logs / f"{supervisor.NAME}.log").open("ab") as output:
        subprocess.run(
            [sys.executable, "-m", "sandbox.processes.supervisor", plan],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=True,
        )
    (home.run / "fingerprint").write_text(_fingerprint(home))


def _await(home: Home, wanted: tuple[Service, ...], report: Report, deadline: float) -> None:
    began = reported = time.monotonic()
    waiting = {service: service.missing() for service in wanted}
    while waiting := {service: trouble for service in waiting if (trouble := service.missing())}:
        for service in waiting:
            record = supervisor.Record.load(home, service.name)
            if record.restarts >= _ATTEMPTS:
                raise SandboxError(
                    f"{service.name} cannot start: it ended with code {record.exit}.{_log(home, service.name)}"
                )
        if not processes.marked(home.path, supervisor.NAME):
            raise SandboxError(f"The supervisor has ended.{_log(home, supervisor.NAME)}")
        now = time.monotonic()
        service, trouble = next(iter(waiting.items()))
        if now - began > deadline:
            raise SandboxError(
                f"{service.name} was not ready after {deadline:.0f} s: {trouble}.{_log(home, service.name)}"
            )
        if now - reported > 5:
            report(f"  {now - began:.0f} s: waiting for {service.name}: {trouble}.")
            reported = now
        time.sleep(0.1)
    _require_own_ports(home, wanted)


def _require_own_ports(home: Home, wanted: tuple[Service, ...]) -> None:
    """Raise SandboxError if another program, such as a second sandbox, listens on a port of this one."""
    own = processes.listening(processes.family(home.path))
    for service in wanted:
        for name, port in service.ports:
            if port not in own:
                raise SandboxError(f"another program listens on TCP port {port} (the sandbox's {name})", remedy=_AGAIN)


def _log(home: Home, name: str) -> str:
    file = home.logs / f"{name}.log"
    lines = file.read_text(errors="replace").splitlines()[-8:] if file.exists() else []
    return f" The end of {file}:\n" + "\n".join(f"    {line}" for line in lines)


def _end_processes(path: Path) -> None:
    """Stop the supervisor, which stops the services, then kill the remaining processes and orphans."""
    processes.end(processes.marked(path, supervisor.NAME), _END)
    processes.end(processes.marked(path), 15.0)
    processes.end(processes.family(path), 5.0)
    from sandbox.edge.runtime import leftovers

    leftovers.reap(Home.new(path, AUTO))
