"""Changes to this process's environment, for a child process or for a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

Variables = Mapping[str, str | None]
"""Variables to set; None unsets one."""


def applied(changes: Variables) -> dict[str, str]:
    """Return this process's environment with `changes`, for a child process."""
    return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}


def shell(changes: Variables) -> str:
    """Return lines that apply `changes` when a POSIX shell evaluates them."""
    return "\n".join(
        f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}" for name, value in changes.items()
    )
