"""Bindings of the vendors' SDKs."""

from components.sdk import neon
from components.sdk.lazy_sdk import load_lazily

__all__ = [
    "load_lazily",
    "neon",
]
