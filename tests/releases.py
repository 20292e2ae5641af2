"""Features that only some releases of PostgreSQL have, so that LAUNCH_POSTGRES can name any supported one."""

from __future__ import annotations

import pytest

from sandbox.postgres.programs import release

RELEASE = release()
"""The release under test."""


def since(first: int, what: str) -> pytest.MarkDecorator:
    """Skip on releases that lack the feature."""
    return pytest.mark.skipif(first > RELEASE, reason=f"PostgreSQL {RELEASE} has no {what}")
