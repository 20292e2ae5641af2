"""The subject of a mirror, and what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vendors import MissingError, RefusedAccessError

Document = dict[str, Any]


class Rows(StrEnum):
    """The rows of the database that a twin has."""

    NONE = "none"
    SYNTHETIC = "synthetic"
    """As many as in the database, invented, with the relations of the keys."""
    MASKED = "masked"
    """Copies of the columns that a rule names."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The part of the accounts that is mirrored."""

    domain: str
    """The zone at Cloudflare; the Workers are in its account."""
    organization: str
    """Id of the Neon organization."""
    database: str
    """Name of the Neon project."""


@dataclass(frozen=True, kw_only=True)
class Unread:
    """Something that a credential may not read, so the twin lacks it."""

    vendor: str
    what: str
    why: str


@dataclass
class Reading:
    """Everything that was read from the accounts."""

    unread: list[Unread] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Maps a path in the folder to its text."""
    notes: list[str] = field(default_factory=list)
    """How the twin differs from the accounts, one sentence each."""
    tables: dict[str, int] = field(default_factory=dict)
    """Maps DATABASE schema.table to its number of rows."""
    secrets: set[str] = field(default_factory=set, repr=False)
    """Credentials that the reading itself used."""

    def read(self, vendor: str, what: str, look: Callable[[], Any], otherwise: Any) -> Any:  # noqa: ANN401 -- JSON
        """Return the result of `look`, or `otherwise` and a note if access is refused. Raises VendorError."""
        try:
            return look()
        except (RefusedAccessError, MissingError) as error:
            self.unread.append(Unread(vendor=vendor, what=what, why=error.what))
            return otherwise


def chosen(document: Mapping[str, Any], fields: frozenset[str]) -> Document:
    """Return only the named fields of a document, so that any other field of the vendor stays out of the folder."""
    return {key: value for key, value in document.items() if key in fields}
