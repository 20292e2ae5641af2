"""The store that all clouds share, its clock and faults."""

from sandbox.state.context import Context, utc_now
from sandbox.state.fault_rule import FaultError, Rule
from sandbox.state.faults import Faults
from sandbox.state.store import Document, Store

__all__ = [
    "Context",
    "Document",
    "FaultError",
    "Faults",
    "Rule",
    "Store",
    "utc_now",
]
