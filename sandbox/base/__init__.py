"""Home, ports, certificate authority and streams of the sandbox."""

from sandbox.base import failures
from sandbox.base.authority import Authority, Issued
from sandbox.base.failures import Failure
from sandbox.base.home import AUTO, DEFAULT_PORT_BASE, Home, HomeError, Ports, home_path, is_own, remove
from sandbox.base.ports import LoopbackError, free_port, require_loopback
from sandbox.base.streams import Listener, Stream, connected, copied, either, opened, reset

__all__ = [
    "AUTO",
    "DEFAULT_PORT_BASE",
    "Authority",
    "Failure",
    "Home",
    "HomeError",
    "Issued",
    "Listener",
    "LoopbackError",
    "Ports",
    "Stream",
    "connected",
    "copied",
    "either",
    "failures",
    "free_port",
    "home_path",
    "is_own",
    "opened",
    "remove",
    "require_loopback",
    "reset",
]
