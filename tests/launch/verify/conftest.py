"""A launch in the sandbox's edge with a secured database, and `launch verify` of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from components.hosts import expected
from components.settings.settings import Settings
from components.workers import version
from components.workers.edge import LIMITER_CLASS, MODULES
from contract.paths import WORKERS
from launch.report.findings import Finding, Verdict
from launch.stack.outputs import Outputs
from launch.verify import dns
from launch.verify.checks.upkeep import JOBS
from launch.verify.checks.verification import examine
from sandbox.base.home import AUTO, Home
from sandbox.cloud.neon.auth import instances
from sandbox.postgres.server import Postgres
from sandbox.state.store import Store
from tests.database.conftest import Database, scratch, server, template  # noqa: F401 -- fixtures
from tests.sandbox.edge.clouds import TOKEN, Clouds
from tests.sandbox.edge.serving import Edge, running
from tools.program.declared import CREDENTIALS, configuration

HOSTS: dict[str, Any] = {**expected(Settings.load(configuration("prod", {}), environment=CREDENTIALS))}
"""The output of the program itself."""


@dataclass
class Launch:
    """A launch that is as declared until a test changes it."""

    edge: Edge
    database: Database
    hosts: dict[str, Any] = field(default_factory=lambda: dict(HOSTS))
    url: str = ""
    service_url: str = ""
    unprotected: list[str] = field(default_factory=list)
    protections_off: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def clouds(self) -> Clouds:
        """The clouds, to change resources behind the stack's back."""
        return self.edge.clouds

    @property
    def environment(self) -> dict[str, str]:
        """The relevant variables of `launch env`."""
        ports = self.edge.home.ports
        return {
            "LAUNCH_DNS_SERVER": f"127.0.0.1:{ports.dns}",
            "LAUNCH_CONNECT_TO": f"127.0.0.1:{ports.edge_https},127.0.0.1:{ports.edge_http}",
            "SSL_CERT_FILE": str(self.edge.trust),
        }

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        url = self.url or self.database.app
        urls = {"application_database_url": url, "service_database_url": self.service_url or self.database.service}
        isolation = {"unprotected": self.unprotected}
        protection = {"isolation": isolation, "protections_off": self.protections_off}
        return {"hosts": self.hosts, "analytics": {"token": TOKEN}, **protection, **urls}

    def verify(self, environment: Mapping[str, str] | None = None, seconds: float = 40) -> dict[str, Finding]:
        """Return the findings by SUBJECT/CHECK."""
        outputs = Outputs.of({**self.outputs(), "hosts": HOSTS | self.hosts})
        chosen = replace(outputs, hosts=tuple(host for host in outputs.hosts if host.name in self.hosts))
        found = asyncio.run(examine(chosen, environment or self.environment, seconds=seconds))
        return {f"{finding.subject}/{finding.name}": finding for finding in found}

    def complaints(self, *hosts: str) -> dict[str, Finding]:
        """Return the findings that did not pass, of these hosts only (of all without any)."""
        self.hosts = {host: self.hosts[host] for host in hosts} if hosts else self.hosts
        return {key: found for key, found in self.verify().items() if found.verdict is not Verdict.PASSED}


@pytest.fixture(scope="session")
def launch_edge(tmp_path_factory: pytest.TempPathFactory, server: Postgres) -> Iterator[Edge]:  # noqa: F811
    """A running edge whose applications use databases on the test's server."""
    home = Home.create(tmp_path_factory.mktemp("verify"), AUTO)
    store = Store(home.store_path)
    try:
        with running(replace(home, ports=replace(home.ports, postgres=server.port)), store) as edge:
            yield edge
    finally:
        store.close()


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up sooner on name servers that do not answer."""
    monkeypatch.setattr(dns, "_SECONDS", 0.5)


@pytest.fixture
def launched(launch_edge: Edge, scratch: Database) -> Launch:  # noqa: F811
    """Everything as declared."""
    launch_edge.clouds.store.clear()
    launch_edge.clouds.launch(scratch.app, workers=False)
    for name in ("echome", "conductor"):
        upload(launch_edge.clouds, name, f"{name}.prductr.com")
    for job in JOBS:
        scratch.execute(f"select public.record_upkeep('{job}', 0)")
    return Launch(launch_edge, scratch)


def upload(clouds: Clouds, name: str, host: str, claimed: str | None = None, **texts: str) -> None:
    """Make the Worker `name` serve `host`, in its own version or one that it only claims, with these texts bound."""
    texts = {"VERSION": claimed or version(MODULES[name]), **texts}
    if name == "echome":
        instances.add(clouds.store, instances.STANDING_HOST)
        texts = {"AUTH_URL": f"https://{instances.STANDING_HOST}/neondb/auth", **texts}
    bindings: list[dict[str, Any]] = [{"type": "plain_text", "name": key, "text": texts[key]} for key in texts]
    if name == "echome":
        clouds.namespace("limiter", LIMITER_CLASS, "a1")
        clouds.worker("limiter", (WORKERS / MODULES["limiter"]).read_text())
        limiter = {"class_name": LIMITER_CLASS, "script_name": "limiter", "namespace_id": "a1"}
        bindings.append({"type": "durable_object_namespace", "name": "LIMITER", **limiter})
    clouds.worker(name, (WORKERS / MODULES[name]).read_text(), host, tuple(bindings))


def unused_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
