"""The one base of errors that a person can act on."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 -- the base of errors for people, not an error by itself
    """What happened, to what, and what to do next. Never holds a secret."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        """What happened. It has no final full stop if a remedy follows."""
        self.where = where
        """The database, file, line, resource or variable that it happened to."""
        self.remedy = remedy
        """What to do next."""
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text
