"""The cloud room as a process: `python -m sandbox.cloud`, for the sandbox named by LAUNCH_SANDBOX_HOME."""

from __future__ import annotations

import logging
import signal
import sys

from sandbox.base import Home, HomeError, failures
from sandbox.cloud.app import create_app
from sandbox.cloud.server import PortError, create_server, reserve
from sandbox.state import Faults, Store


def main() -> int:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # uvicorn raises the signal again after its shutdown; this handler turns it into an ordinary exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        home = Home.load()
        listener = reserve(home.ports.cloud)
    except (HomeError, PortError) as error:
        print(error, file=sys.stderr)
        return 1
    failures.record(home)
    store = Store(home.store_path)
    try:
        server = create_server(create_app(home, store, Faults()), home.ports.cloud)
        server.run(sockets=[listener])
    finally:
        store.close()
        listener.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
