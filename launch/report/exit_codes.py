"""The exit codes of every verb."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The result of a verb. If there are several, the highest code."""

    AS_DECLARED = 0
    UNCHECKED = 1
    """It could not be checked. Wrong usage has this code as well."""
    DIFFERENT = 2
    """Drift, a failed check, or a ledger that disagrees with the files."""
    UNSAFE = 3
    """Tenants are not isolated."""
