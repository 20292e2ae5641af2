"""The program's declarations, rehearsed once for each stack; and configuration as the engine would pass it."""

from __future__ import annotations

from typing import Any

import pytest

from tools.program.declared import CREDENTIALS, configuration, rehearse

Rehearsed = dict[str, Any]


@pytest.fixture(scope="session")
def prod() -> Rehearsed:
    return rehearse("prod")


@pytest.fixture(scope="session")
def sandbox() -> Rehearsed:
    return rehearse("sandbox")


@pytest.fixture(scope="session", params=["prod", "sandbox"])
def rehearsed(request: pytest.FixtureRequest) -> Rehearsed:
    result: Rehearsed = request.getfixturevalue(request.param)
    return result


@pytest.fixture
def values() -> dict[str, str]:
    """Valid configuration of production."""
    return configuration("prod", {})


@pytest.fixture
def environment() -> dict[str, str]:
    """Valid credentials."""
    return dict(CREDENTIALS)
