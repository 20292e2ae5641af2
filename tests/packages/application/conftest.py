"""The package as in an application: built, with the real drivers, on today's production in the sandbox."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.drivers.production import PASSWORDS, Production, production
from toolchain import node

PACKAGE = Path("packages/application").resolve()

_PRELUDE = """
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle as drizzleHttp } from 'drizzle-orm/neon-http';
import { drizzle as drizzlePool } from 'drizzle-orm/node-postgres';
import * as application from '@prductr/application';
import { forNeon } from '@prductr/application/neon';
import { forDrizzle, forDrizzlePool } from '@prductr/application/drizzle';
import { forPool } from '@prductr/application/node-postgres';
import { withRateLimit } from '@prductr/application/next';
neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
const pool = new pg.Pool(JSON.parse(process.env.POOL));
pool.options.ssl.ca = readFileSync(process.env.AUTHORITY, 'utf8');
const sql = neon(process.env.CONDUCTOR_DATABASE_URL);
const tenants = forNeon(sql);
const ada = { userId: 'user-ada', organizationId: 'org-acme' };
const gus = { userId: 'user-gus', organizationId: 'org-globex' };
const eve = { userId: 'user-eve', organizationId: 'org-globex' };
const stranger = { userId: 'user-ada', organizationId: 'org-globex' };
const failure = async (work) => {
    try { await work(); return null; } catch (error) { return [error.name, error.code ?? error.cause?.code ?? null]; }
};
const show = (value) => { console.log(JSON.stringify(value)); return pool.end(); };
"""


@dataclass(frozen=True)
class Application:
    """Runs JavaScript as the application."""

    production: Production

    def run(self, module: str) -> Any:  # noqa: ANN401 -- any JSON value
        """Return the value that a module's body passes to `show`."""
        done = self.start(module)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, module: str) -> subprocess.CompletedProcess[str]:
        """Run a module's body to its end."""
        command = [str(node.node()), "--input-type=module", "--eval", _PRELUDE + module]
        return subprocess.run(
            command, cwd=PACKAGE, env=self.environment(), capture_output=True, text=True, timeout=120, check=False
        )

    def environment(self) -> dict[str, str]:
        """Return the process's environment; a pool reaches the front door by its address and names its host in TLS."""
        home = self.production.neon.context.home
        pool = {
            "host": "127.0.0.1",
            "port": home.ports.postgres,
            "user": "prductr_app",
            "password": PASSWORDS["prductr_app"],
            "database": "neondb",
            "ssl": {"servername": self.production.host},
            "max": 4,
        }
        return node.environment() | {
            "CONDUCTOR_DATABASE_URL": self.production.app,
            "NEON_FETCH_ENDPOINT": self.production.fetch_endpoint,
            "POOL": json.dumps(pool),
            "AUTHORITY": str(home.authority_dir / "ca.pem"),
        }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return rows as the owner, who sees all tenants."""
        with psycopg.connect(self.production.owner, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def built() -> Path:
    """The package with its development packages, compiled."""
    node.install(PACKAGE)
    compiler = PACKAGE / "node_modules" / ".bin" / "tsc"
    done = subprocess.run(
        [str(compiler), "--project", "tsconfig.build.json"],
        cwd=PACKAGE,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return PACKAGE


@pytest.fixture(scope="session")
def application(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:  # noqa: ARG001
    with production(tmp_path_factory.mktemp("application") / "home") as found:
        yield Application(found)
