"""A sandbox's folder with a cache of its own, as the tests of the command line have it."""

from tests.launch.conftest import cache, home

__all__ = ["cache", "home"]
