"""The edge room as a process: `python -m sandbox.edge`, for the sandbox named by LAUNCH_SANDBOX_HOME."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from sandbox.base import Home, HomeError, failures
from sandbox.edge.room import Room
from sandbox.state import Store


async def _serve(home: Home, store: Store) -> int:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        async with Room(home, store):
            await ended.wait()
    except OSError as error:
        print(f"The edge cannot listen: {error}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        home = Home.load()
    except HomeError as error:
        print(error, file=sys.stderr)
        return 1
    failures.record(home)
    store = Store(home.store_path)
    try:
        return asyncio.run(_serve(home, store))
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
