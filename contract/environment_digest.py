"""The mark of an environment on the deployments that were built with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def environment_digest(values: Mapping[str, str]) -> str:
    """16 hexadecimal digits that change with the values and reveal nothing about them."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
