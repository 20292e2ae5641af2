"""The files of `sql/migrations`: names, checksums, directives, rules, locks."""

from database.migrations import baseline, files, history, lint, preflight, statement_rules, table_locks
from database.migrations.files import FileError, Migration, manifest
from database.migrations.history import Entry, HistoryError

__all__ = [
    "Entry",
    "FileError",
    "HistoryError",
    "Migration",
    "baseline",
    "files",
    "history",
    "lint",
    "manifest",
    "preflight",
    "statement_rules",
    "table_locks",
]
