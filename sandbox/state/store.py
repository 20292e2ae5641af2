"""The durable store of the clouds: documents in collections, in a SQLite file that several processes may read.

Documents are stored as the vendors' APIs return them; keys with a leading underscore are internal to the sandbox.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
create table if not exists documents (
    position integer primary key autoincrement,
    collection text not null,
    id text not null,
    document text not null,
    unique (collection, id)
);
create table if not exists version (value integer not null);
insert into version select 0 where not exists (select 1 from version);
"""
_BUSY_SECONDS = 30.0
"""The timeout of a writer that waits for another process's transaction, in seconds."""


class Store:
    """The store, with transactions over all collections. Threads share one connection, which a transaction locks.

    Never `await` inside a transaction: other tasks of the same thread would become part of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        with self.transaction():
            for statement in _SCHEMA.split(";\n"):
                self._connection.execute(statement)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """An atomic transaction, exclusive among all processes. A nested one is a savepoint, which can fail alone."""
        with self._lock:
            name = f"nested_{self._depth}"
            self._connection.execute(f"savepoint {name}" if self._depth else "begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._connection.execute(f"rollback to {name}" if self._depth else "rollback")
                raise
            self._depth -= 1
            self._connection.execute(f"release {name}" if self._depth else "commit")

    def get(self, collection: str, id: str) -> Document | None:  # noqa: A002 -- the vendors' term
        """Return the document, or None."""
        found = self._rows("select document from documents where collection = ? and id = ?", collection, id)
        return json.loads(found[0][0]) if found else None

    def find(self, collection: str, **equals: str | float | bool | None) -> list[Document]:
        """Return the documents whose top-level keys have these values (None: null or absent), oldest first."""
        conditions = "".join(" and json_extract(document, ?) is ?" for _ in equals)
        values = [value for key, expected in equals.items() for value in (f'$."{key}"', expected)]
        query = f"select document from documents where collection = ?{conditions} order by position"  # noqa: S608
        return [json.loads(row[0]) for row in self._rows(query, collection, *values)]

    def put(self, collection: str, id: str, document: Document) -> None:  # noqa: A002
        """Create the document, or replace it in its place."""
        with self.transaction():
            self._connection.execute(
                "insert into documents (collection, id, document) values (?, ?, ?)"
                " on conflict (collection, id) do update set document = excluded.document",
                (collection, id, json.dumps(document)),
            )
            self._connection.execute("update version set value = value + 1")

    def delete(self, collection: str, id: str) -> bool:  # noqa: A002
        """Remove the document, and return whether it existed."""
        with self.transaction():
            done = self._connection.execute("delete from documents where collection = ? and id = ?", (collection, id))
            self._connection.execute("update version set value = value + 1")
            return done.rowcount > 0

    def clear(self, prefix: str = "") -> None:
        """Remove every document of the collections whose names begin with `prefix`."""
        with self.transaction():
            self._connection.execute("delete from documents where substr(collection, 1, ?) = ?", (len(prefix), prefix))
            self._connection.execute("update version set value = value + 1")

    def version(self) -> int:
        """Return a number that grows with every change by any process."""
        return int(self._rows("select value from version")[0][0])

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()
