"""Collects mistakes, so a person can correct all of them at once instead of one a run."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True)
class Mistake:
    """One mistake."""

    where: str
    """The configuration key, environment variable or resource."""
    what: str
    """The mistake. Never contains a secret."""
    remedy: str
    """The remedy."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n      {self.remedy}"


@dataclass
class Mistakes:
    """The mistakes found so far."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, where: str, what: str, remedy: str) -> None:
        """Note one mistake."""
        self.found.append(Mistake(where, what, remedy))

    def report(self, heading: str) -> str:
        """Return the mistakes as one text."""
        return "\n".join([heading, *(f"  {number}. {mistake}" for number, mistake in enumerate(self.found, 1))])


class RefusedError(pulumi.RunError):
    """The stack cannot be declared like this. The message lists every mistake.

    It is a RunError, because Pulumi shows those without a stack trace.
    """

    def __init__(self, heading: str, mistakes: Mistakes) -> None:
        super().__init__(mistakes.report(heading))
        self.mistakes = tuple(mistakes.found)
