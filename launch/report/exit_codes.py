"""The exit codes of every verb."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a verb found out; where it found several things, the highest."""

    AS_DECLARED = 0
    UNCHECKED = 1
    """It could not be found out; wrong usage is this as well."""
    DIFFERENT = 2
    """Drift, a failed check, or files and ledger that disagree."""
    UNSAFE = 3
    """Tenants are not isolated."""
