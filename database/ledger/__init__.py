"""The ledger: a database's record of its migrations."""

from database.ledger import ledger
from database.ledger.known_state import Memory
from database.ledger.ledger import Ledger
from database.ledger.row import Author, done_checksum, insert_sql, update_sql

__all__ = [
    "Author",
    "Ledger",
    "Memory",
    "done_checksum",
    "insert_sql",
    "ledger",
    "update_sql",
]
