"""The folders and databases that the tests of the runner have."""

from tests.database.runner.conftest import admin, files, query, tables, url

__all__ = ["admin", "files", "query", "tables", "url"]
