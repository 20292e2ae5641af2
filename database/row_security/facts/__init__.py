"""The facts in effect that isolate tenants, read from the catalog and compared."""

from database.row_security.facts import facts
from database.row_security.facts.compare import Difference, compare, unprotected
from database.row_security.facts.difference import APPLICATION_ROLES, Need
from database.row_security.facts.facts import Facts, Value, world

__all__ = [
    "APPLICATION_ROLES",
    "Difference",
    "Facts",
    "Need",
    "Value",
    "compare",
    "facts",
    "unprotected",
    "world",
]
