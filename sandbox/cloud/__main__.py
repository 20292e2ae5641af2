"""The cloud room as a process: `python -m sandbox.cloud`, for the sandbox that LAUNCH_SANDBOX_HOME names."""

from __future__ import annotations

import logging
import sys

from sandbox.cloud.app import create_app
from sandbox.cloud.faults import Faults
from sandbox.cloud.server import create_server
from sandbox.cloud.store import Store
from sandbox.home import Home, HomeError


def main() -> int:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        home = Home.load()
    except HomeError as error:
        print(error, file=sys.stderr)
        return 1
    store = Store(home.store_path)
    try:
        create_server(create_app(home, store, Faults()), home.ports.cloud).run()
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
