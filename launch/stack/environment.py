"""Changes to this process's environment, for a child process or for a shell, and its proxies.

This machine is exempted from proxies in every spelling that a program here reads. Go reads NO_PROXY and exempts
loopback on its own. gRPC's core, through which a Python program reaches the engine, reads `grpc_proxy`, `https_proxy`
and `http_proxy`, and exempts only what `no_grpc_proxy` or `no_proxy` names, in lower case.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

Variables = Mapping[str, str | None]
"""Variables to set; None unsets one."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROXIES = ("https_proxy", "http_proxy", "all_proxy", "grpc_proxy")
"""In lower case; each is read in upper case too."""
_EXEMPTIONS = ("no_proxy", "NO_PROXY")
_OF_GRPC = "no_grpc_proxy"
"""If it is set, gRPC ignores `no_proxy`."""


def applied(changes: Variables) -> dict[str, str]:
    """Return this process's environment with `changes`, for a child process."""
    return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}


def shell(changes: Variables) -> str:
    """Return lines that apply `changes` when a POSIX shell evaluates them."""
    return "\n".join(
        f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}" for name, value in changes.items()
    )


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies that the environment names, by variable."""
    return {name: value for name, value in environment.items() if name.lower() in PROXIES and value}


def exemptions(environment: Mapping[str, str], *hosts: str) -> dict[str, str]:
    """Return variables that exempt this machine and `hosts`, and keep existing exemptions."""
    names = [*_EXEMPTIONS, *([_OF_GRPC] if environment.get(_OF_GRPC) else [])]
    present = [host.strip() for name in names for host in environment.get(name, "").split(",") if host.strip()]
    joined = ",".join(dict.fromkeys([*present, *LOOPBACK, *hosts]))
    return dict.fromkeys(names, joined)
