"""The runner's fixtures: these tests run the files."""

from tests.database.runner.conftest import admin, files, query, tables, url

__all__ = ["admin", "files", "query", "tables", "url"]
