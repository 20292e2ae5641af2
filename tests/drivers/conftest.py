"""The application's own drivers and the vendors' own clients, from their published packages, in a real Node.js."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.state.store import Document
from tests.drivers.vendors import Clients, running
from tests.sandbox.cloud.neon.conftest import neon, project
from tests.sandbox.cloud.neon.harness import Neon
from toolchain import node

__all__ = ["neon", "project"]

HERE = Path(__file__).parent
Run = Callable[[str], Any]
"""Runs the body of a module that ends with `show(value)`; returns that value."""

_PRELUDE = """
import { neon, neonConfig, NeonDbError } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import { eq, sql as raw } from 'drizzle-orm';
import { integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
const url = process.env.DATABASE_URL;
const show = (value) => console.log(JSON.stringify(value));
"""


@pytest.fixture(scope="session")
def packages() -> Path:
    """The packages, exactly as locked."""
    return node.install(HERE)


@pytest.fixture(scope="session")
def clients(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:  # noqa: ARG001
    """The vendors' clients, on a sandbox of their own in which nothing is deployed."""
    with running(tmp_path_factory.mktemp("vendors") / "home") as found:
        yield found


def runner(neon: Neon, url: str) -> Run:
    """Runs JavaScript with the drivers, pointed at the sandbox as an application would be."""
    environment = node.environment() | {
        "DATABASE_URL": url,
        "NEON_FETCH_ENDPOINT": f"http://127.0.0.1:{neon.context.home.ports.cloud}/neon/sql",
    }

    def execute(module: str) -> Any:  # noqa: ANN401 -- any JSON value
        command = [str(node.node()), "--input-type=module", "--eval", _PRELUDE + module]
        done = subprocess.run(
            command, cwd=HERE, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return execute


@pytest.fixture
def run(neon: Neon, project: Document, packages: Path) -> Run:  # noqa: ARG001 -- fixtures of the other room
    """Run JavaScript as the owner of an empty database."""
    return runner(neon, project["connection_uris"][0]["connection_uri"])
