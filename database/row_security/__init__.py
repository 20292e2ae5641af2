"""The declaration of row security and its reconciliation."""

from database.row_security import checks
from database.row_security.before_after import SecurityChange, security_changes
from database.row_security.checks import Check, findings
from database.row_security.declaration import Declaration, facts_of
from database.row_security.password_check import refused
from database.row_security.reconcile import Securing
from database.row_security.report import drift_of, outputs, say, show, still_there
from database.row_security.row_security import Security

__all__ = [
    "Check",
    "Declaration",
    "Securing",
    "Security",
    "SecurityChange",
    "checks",
    "drift_of",
    "facts_of",
    "findings",
    "outputs",
    "refused",
    "say",
    "security_changes",
    "show",
    "still_there",
]
