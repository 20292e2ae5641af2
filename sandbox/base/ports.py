"""Ports of 127.0.0.1 that nobody uses right now.

They lie below the range from which Linux and macOS take the ports of outgoing connections: one of those would else be
given away again between the moment in which it is found free and the one in which it is used.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

_FIRST, _LAST = 20_000, 32_767


def free_port() -> int:
    """One port."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ports, each free for TCP and UDP."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            port = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
            try:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    held.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    return found
