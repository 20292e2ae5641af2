"""The long-running processes of a sandbox, and their readiness checks."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from sandbox.base import Home

_PATIENCE = 2.0
"""The timeout of a readiness check, in seconds."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process."""

    name: str
    command: tuple[str, ...]
    ports: tuple[tuple[str, int], ...]
    """The name and number of each port on which it listens when it is ready."""
    later: tuple[tuple[str, int], ...] = ()
    """Ports that it may open later."""
    health: str | None = None
    """The HTTP path on the first port that returns 200 when it is ready."""

    def busy(self) -> str | None:
        """Return the first port that another program already uses, or None."""
        for name, port in (*self.ports, *self.later):
            for kind, protocol in ((socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")):
                with socket.socket(socket.AF_INET, kind) as probe:
                    # as servers do: a port in TIME_WAIT after the last stop is free
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
                    try:
                        probe.bind(("127.0.0.1", port))
                    except OSError:
                        return f"{protocol} port {port} (the sandbox's {name}) is in use"
        return None

    def missing(self) -> str | None:
        """Return the reason why the service is not ready, or None."""
        for name, port in self.ports:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE).close()
            except OSError:
                return f"nothing listens on port {port} ({name})"
        if self.health is None:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[0][1], timeout=_PATIENCE)
        try:
            connection.request("GET", self.health)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return f"{self.health} does not respond ({error})"
        finally:
            connection.close()
        return None if status == http.HTTPStatus.OK else f"{self.health} returns {status}"


Plan = Callable[[Home], tuple[Service, ...]]
"""A function that returns the services of a sandbox, in the order in which they start."""

STANDARD = "sandbox.processes.services:standard"


def standard(home: Home) -> tuple[Service, ...]:
    """Return the cloud, the edge and the attached providers."""
    ports = home.ports
    return (
        Service(
            name="cloud",
            command=(sys.executable, "-m", "sandbox.cloud"),
            ports=(("cloud", ports.cloud), ("proxy", ports.proxy), ("postgres", ports.postgres)),
            health="/_sandbox/health",
        ),
        Service(
            name="edge",
            command=(sys.executable, "-m", "sandbox.edge"),
            ports=(("edge_http", ports.edge_http), ("edge_https", ports.edge_https), ("dns", ports.dns)),
            later=(("workers", ports.workers),),
            health="/_sandbox/health",
        ),
        Service(
            name="providers",
            command=(sys.executable, "-m", "sandbox.providers"),
            ports=(
                ("provider_cloudflare", ports.provider_cloudflare),
                ("provider_vercel", ports.provider_vercel),
                ("provider_neon", ports.provider_neon),
                ("provider_random", ports.provider_random),
            ),
        ),
    )


def plan(reference: str) -> Plan:
    """Return the plan that `MODULE:FUNCTION` names."""
    module, _, function = reference.partition(":")
    found: Plan = getattr(import_module(module), function)
    return found
