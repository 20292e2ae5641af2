"""Free ports of 127.0.0.1.

They are below the range that Linux and macOS use for outgoing connections: a port in that range could be taken between
the moment it is found free and the moment it is used.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

from contract.problem import Problem

LOOPBACK = "127.0.0.1"
"""The only address on which a sandbox listens."""
_FIRST, _LAST = 20_000, 32_767


class LoopbackError(Problem):
    """This machine has no IPv4 loopback address."""


def require_loopback() -> None:
    """Raise LoopbackError unless this machine can listen on LOOPBACK."""
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, 0))
        except OSError as error:
            raise LoopbackError(
                f"nothing can listen on this machine's IPv4 loopback address ({error.strerror})",
                where=LOOPBACK,
                remedy="The sandbox listens there alone. Give it to the loopback interface: "
                "`ip link set lo up` and `ip address add 127.0.0.1/8 dev lo`.",
            ) from error


def free_port() -> int:
    """Return one free port."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return different ports, each free for TCP and UDP. Raises LoopbackError."""
    require_loopback()
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            port = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
            try:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    held.enter_context(socket.socket(socket.AF_INET, kind)).bind((LOOPBACK, port))
            except OSError:
                continue
            found.append(port)
    return found
