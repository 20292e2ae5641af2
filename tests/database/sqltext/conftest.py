"""The folders and databases of the runner's tests."""

from tests.database.runner.conftest import admin, files, query, tables, url

__all__ = ["admin", "files", "query", "tables", "url"]
