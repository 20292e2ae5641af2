"""The errors that are worth a retry, and the pauses between attempts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

AGAIN = {"55P03": "a lock was not free in time", "40P01": "deadlock", "40001": "serialization failure"}
"""SQLSTATEs after which the same statements may succeed a moment later."""


class Backoff:
    """Growing pauses with jitter, so two runners do not retry at the same time, and a limit on the attempts."""

    def __init__(self, attempts: int, *, first: float, longest: float) -> None:
        self.left = attempts
        self._pause = first
        self._longest = longest

    def wait(self, reason: str, report: Callable[[str], None]) -> bool:
        """Pause and return True, or return False when no attempts are left."""
        if self.left <= 1:
            return False
        self.left -= 1
        pause = self._pause * random.uniform(0.5, 1.5)  # noqa: S311 -- jitter
        report(f"{reason}; trying again in {pause:.1f} s, {self.left} attempts left")
        time.sleep(pause)
        self._pause = min(self._pause * 2, self._longest)
        return True
