"""The Workers runtime: a Node process with Miniflare and workerd, kept running and in sync with the store."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping

from sandbox.base import Authority, Home
from sandbox.edge.model import Snapshot
from sandbox.edge.runtime.leftovers import PACKAGE, reap, remember
from sandbox.edge.runtime.scripts import Options, ScriptError, digest, options, together
from toolchain.cache import ToolError
from toolchain.node import install, node

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.25
"""The time after which an uploaded script is loaded if no request needs it earlier."""
_FIRST_DELAY_SECONDS, _LONGEST_DELAY_SECONDS = 0.2, 10.0
"""Backoff before the process is restarted after it ended."""
_STOP_SECONDS = 5.0
_KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LANG")
"""The variables passed to the process; the shell's credentials are not among them."""


class Runtime:
    """The runtime of the stored scripts, active while `run` runs. No process is started before there is a script."""

    def __init__(self, home: Home, authority: Authority, snapshot: Callable[[], Snapshot]) -> None:
        self._home = home
        self._authority = authority
        self._snapshot = snapshot
        self._process: asyncio.subprocess.Process | None = None
        self._applied: Mapping[str, str] = {}
        """The digest of each script that the process has loaded."""
        self._refused: Mapping[str, str] = {}
        """Scripts that use a feature that is not simulated, with the reason."""
        self._broken: Mapping[str, str] = {}
        """Scripts that the runtime cannot start, with the reason."""
        self._seen: Snapshot | None = None
        """The snapshot that was last applied."""
        self._changing = asyncio.Lock()
        self._order = 0
        self.state = "idle"

    async def run(self) -> None:
        """Keep the process running and up to date until cancelled; then stop it."""
        delay = _FIRST_DELAY_SECONDS
        try:
            while True:
                try:
                    await self.refresh()
                    delay = _FIRST_DELAY_SECONDS
                    await asyncio.sleep(_POLL_SECONDS)
                except (OSError, ToolError, RuntimeError) as error:
                    self.state = f"failed: {error}"
                    log.exception("The Workers runtime failed")
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, _LONGEST_DELAY_SECONDS)
        finally:
            await asyncio.shield(self._end())

    async def refresh(self) -> None:
        """Make the process run exactly the stored scripts. Raises ToolError, OSError or RuntimeError."""
        async with self._changing:
            snapshot = self._snapshot()
            alive = self._process is not None and self._process.returncode is None
            if snapshot is self._seen and (alive or not self._applied):
                return
            wanted, refused = _wanted(snapshot)
            _report(refused.items() - self._refused.items())
            self._refused = refused
            digests = {key: digest(built) for key, built in wanted.items()}
            if digests == self._applied and (alive or not digests):
                self._seen = snapshot
                return
            if not alive:
                await self._end()
                self._process = await self._start()
            states = await self._tell(wanted, digests)
            self._applied, self._seen = digests, snapshot
            self._broken = {key: failure for key, failure in states.items() if failure}
            _report(self._broken.items())
            self.state = "running"

    def failure(self, script: str) -> str | None:
        """Return the reason why ACCOUNT/NAME does not run; None if it runs."""
        return self._refused.get(script) or self._broken.get(script)

    async def _start(self) -> asyncio.subprocess.Process:
        self.state = "starting"
        await asyncio.to_thread(install, PACKAGE, log.info)
        ports = self._home.ports
        arguments = {
            "port": ports.workers,
            "edge-http": ports.edge_http,
            "edge-https": ports.edge_https,
            "authority": self._authority.pem,
            "storage": self._home.path / "workers",
        }
        process = await asyncio.create_subprocess_exec(
            node(),
            PACKAGE / "runner.mjs",
            *(f"--{name}={value}" for name, value in arguments.items()),
            cwd=PACKAGE,
            env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Its own process group, so that workerd can be found and killed if Node is killed.
            start_new_session=True,
            limit=2**20,
        )
        remember(self._home, process.pid)
        self._applied, self._seen = {}, None
        return process

    async def _tell(self, wanted: Mapping[str, Options], digests: Mapping[str, str]) -> dict[str, str | None]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        self._order += 1
        groups = [
            {"digest": [digests[key] for key in keys], "scripts": {key: wanted[key] for key in keys}}
            for keys in together(wanted)
        ]
        process.stdin.write(json.dumps({"id": self._order, "groups": groups}).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"Node ended with status {await process.wait()}")
        states: dict[str, str | None] = json.loads(line)["states"]
        return states

    async def _end(self) -> None:
        process = self._process
        self._process = None
        if process is None:
            return
        if process.returncode is None and process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        reap(self._home)
        await process.wait()
        self.state = "idle"


def _wanted(snapshot: Snapshot) -> tuple[dict[str, Options], dict[str, str]]:
    wanted: dict[str, Options] = {}
    failures: dict[str, str] = {}
    for key, script in snapshot.scripts.items():
        try:
            wanted[key] = options(script, snapshot.namespaces)
        except ScriptError as error:
            failures[key] = str(error)
    return wanted, failures


def _report(failures: Iterable[tuple[str, str]]) -> None:
    for key, failure in failures:
        log.error("The Worker %s does not run: %s", key, failure)
