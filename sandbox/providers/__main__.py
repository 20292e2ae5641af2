"""Serve the four packages on the sandbox's ports until SIGTERM: `python -m sandbox.providers`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.base import Home, HomeError, failures
from sandbox.providers.cloudflare import Cloudflare
from sandbox.providers.core import Package
from sandbox.providers.neon import Neon
from sandbox.providers.random import Random
from sandbox.providers.server import Servicer
from sandbox.providers.vercel import Vercel

_THREADS = 32
"""The number of concurrent requests per package, including those that wait for a vendor."""

_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit."""

_GRACE_SECONDS = 5.0


def serve(package: Package, port: int) -> tuple[grpc.Server, int]:
    """Serve on 127.0.0.1, and return the server and its port (0: any free one). Raises OSError if it is taken."""
    options = [
        ("grpc.max_receive_message_length", _MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MESSAGE_BYTES),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(package), server)
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"port {port} of the provider {package.name} is taken") from error
    server.start()
    return server, bound


def packages(home: Home) -> Mapping[int, Package]:
    """Return the packages of a sandbox, by port."""
    cloud, ports, credentials = f"http://127.0.0.1:{home.ports.cloud}", home.ports, home.credentials
    return {
        ports.provider_cloudflare: Cloudflare(f"{cloud}/client/v4", credentials.cloudflare_api_token),
        ports.provider_vercel: Vercel(cloud, credentials.vercel_api_token),
        ports.provider_neon: Neon(f"{cloud}/neon/api/v2", credentials.neon_api_key),
        ports.provider_random: Random(),
    }


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit code 1 if there is no sandbox or a port is taken."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        home = Home.load()
        failures.record(home)
        servers = [serve(package, port)[0] for port, package in packages(home).items()]
    except (HomeError, OSError) as error:
        sys.exit(str(error))
    logging.getLogger(__name__).info("serving")
    stopped.wait()
    for ended in [server.stop(_GRACE_SECONDS) for server in servers]:
        ended.wait()


if __name__ == "__main__":
    main()
