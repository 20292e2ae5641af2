"""The simulated clouds over HTTP."""

from tests.sandbox.cloud.conftest import _running, cloud

__all__ = ["_running", "cloud"]
