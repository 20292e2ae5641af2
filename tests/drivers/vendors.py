"""A whole cloud room, and the vendors' own clients with the environment of `launch env --official-plugins`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.local.environment import variables
from launch.stack.engine import Engine
from launch.stack.environment import applied
from sandbox.base.home import AUTO, Home
from sandbox.cloud.app import create_app
from sandbox.cloud.neon.compute import storage
from sandbox.state.faults import Faults
from sandbox.state.store import Store
from tests.sandbox.cloud.support import Running
from toolchain import node

HERE = Path(__file__).parent
_TOURS = HERE / "tours"
_FOLLOWS_PROXY = "process.allowedNodeEnvironmentFlags.has('--use-env-proxy')"


@dataclass(frozen=True)
class Clients:
    """Runs JavaScript that uses the clients. Their only configuration is the environment."""

    environment: dict[str, str]

    def tour(self, vendor: str) -> Any:  # noqa: ANN401 -- any JSON value
        """Return the report of `tours/VENDOR.mjs`."""
        return self._run(str(_TOURS / f"{vendor}.mjs"))

    def evaluate(self, module: str) -> Any:  # noqa: ANN401 -- any JSON value
        """Return the report of this module."""
        return self._run("--input-type=module", "--eval", module)

    def without(self, *names: str) -> Clients:
        """Return the same clients without these variables."""
        return Clients({name: value for name, value in self.environment.items() if name not in names})

    def _run(self, *arguments: str) -> Any:  # noqa: ANN401 -- any JSON value
        command = [str(node.node()), *arguments]
        done = subprocess.run(
            command, cwd=_TOURS, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextmanager
def running(folder: Path) -> Iterator[Clients]:
    """Yield clients of a new sandbox, which is removed at the end of the block."""
    # A Node.js that ignores HTTPS_PROXY (23) would send the sandbox's tokens to the real APIs.
    check = subprocess.run([node.node(), "-p", _FOLLOWS_PROXY], capture_output=True, text=True, check=True)
    assert check.stdout.strip() == "true", f"{node.node()} does not follow HTTPS_PROXY"
    home = Home.create(folder, AUTO)
    store = Store(home.store_path)
    try:
        server = Running(create_app(home, store, Faults()), home.ports.cloud)
        try:
            engine = Engine(program=node.node(), built=False)  # only its folder matters, which is put on PATH
            yield Clients(applied(variables(home, engine, official_plugins=True)))
        finally:
            server.stop()
    finally:
        store.close()
        storage.remove(home.path)
