"""A sandbox's folder with a cache of its own, as in the tests of the command line."""

from tests.launch.conftest import cache, home

__all__ = ["cache", "home"]
