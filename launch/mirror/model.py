"""What a mirror is asked for, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vendors import MissingError, RefusedAccessError

Document = dict[str, Any]


class Rows(StrEnum):
    """Which rows of the database a twin has."""

    NONE = "none"
    SYNTHETIC = "synthetic"
    """As many as there are, invented, with the relations of the keys."""
    MASKED = "masked"
    """Copies of the columns that a rule names."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is mirrored of the accounts."""

    domain: str
    """The zone at Cloudflare, in whose account the Workers are."""
    organization: str
    """Id of the Neon organization."""
    database: str
    """Name of the Neon project."""


@dataclass(frozen=True, kw_only=True)
class Unread:
    """Something that a credential may not read, so that the twin lacks it."""

    vendor: str
    what: str
    why: str


@dataclass
class Reading:
    """What is found while the accounts are read."""

    unread: list[Unread] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Path in the folder, and text."""
    notes: list[str] = field(default_factory=list)
    """What the twin has otherwise than the accounts, a sentence each."""
    tables: dict[str, int] = field(default_factory=dict)
    """DATABASE schema.table, and its rows."""
    secrets: set[str] = field(default_factory=set, repr=False)
    """Credentials that the reading itself used."""

    def read(self, vendor: str, what: str, look: Callable[[], Any], otherwise: Any) -> Any:  # noqa: ANN401 -- JSON
        """What `look` returns; `otherwise`, and a note, where the credential does not suffice. Raises VendorError."""
        try:
            return look()
        except (RefusedAccessError, MissingError) as error:
            self.unread.append(Unread(vendor=vendor, what=what, why=error.what))
            return otherwise


def chosen(document: Mapping[str, Any], fields: frozenset[str]) -> Document:
    """The named fields of a document: whatever else a vendor tells, today or tomorrow, stays out of the folder."""
    return {key: value for key, value in document.items() if key in fields}
