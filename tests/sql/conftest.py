"""The secured database of tests/database/isolation, for tests of what sql/ declares beside row security."""

from tests.database.conftest import scratch, secured, server, template

__all__ = ["scratch", "secured", "server", "template"]
