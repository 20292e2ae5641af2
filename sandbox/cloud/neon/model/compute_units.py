"""Sizes of a compute in compute units, and the ranges over which it may scale.

From Neon's page on autoscaling: sizes from a quarter to 56; scaling goes up to 16, over at most 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.cloud.neon.model.errors import invalid
from sandbox.cloud.neon.model.fields import number

LEAST, MOST = "autoscaling_limit_min_cu", "autoscaling_limit_max_cu"
_SMALL = (0.25, 0.5)
_LARGEST = 56
_LARGEST_SCALING = 16
_WIDEST = 8


def check(asked: Mapping[str, Any], present: Mapping[str, Any] | None = None) -> None:
    """Raise ApiError (400) unless Neon has these sizes and allows scaling between them."""
    for name in (LEAST, MOST):
        number(asked, name, _SMALL[0], _LARGEST)
        size = asked.get(name)
        if size is not None and size not in _SMALL and size != int(size):
            raise invalid(f"{name} must be 0.25, 0.5 or a whole number")
    least, most = (asked.get(name) or (present or {}).get(name) for name in (LEAST, MOST))
    if least is None or most is None or least == most:
        return
    if least > most:
        raise invalid(f"{LEAST} must not be larger than {MOST}")
    if most > _LARGEST_SCALING or most - least > _WIDEST:
        raise invalid(f"autoscaling goes up to {_LARGEST_SCALING} compute units, over at most {_WIDEST}")
