"""The runner's fixtures: what these tests ask of files is seen in runs of them."""

from tests.database.runner.conftest import admin, files, query, tables, url

__all__ = ["admin", "files", "query", "tables", "url"]
