"""What is going to be created, and what was found of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A resource that a program declares."""

    kind: str
    """Pulumi's type token."""
    name: str
    """Its name in the program."""
    inputs: Mapping[str, Any]
    """By names in snake case, plain. What is not known yet is left out."""
    project: str = ""
    """Of a part of a Vercel project: the project's name or id."""

    def get(self, name: str) -> Any:  # noqa: ANN401 -- whatever the input is
        """An input, or None."""
        return self.inputs.get(name)


class Kept(StrEnum):
    """How a thing that an interrupted run made gets into the state."""

    IMPORT = "import"
    """By its import id."""
    AGAIN = "again"
    """By making it again, which the vendor takes for the same thing."""
    REMADE = "remade"
    """Not at all, no provider imports it: another is made and the copy removed."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Something of a vendor that is in the place of what is wanted."""

    wanted: Wanted
    what: str
    """For people, such as `DNS record A prductr.com`."""
    identifier: str
    """The vendor's id."""
    import_id: str = ""
    """The id by which a provider imports it; "" where none does."""
    differs: tuple[str, ...] = ()
    """Why it is not exactly what the program would have made, each as the predicate of a sentence. Empty: it is."""
    kept: Kept = Kept.IMPORT
    copies: tuple[str, ...] = ()
    """Ids of further ones that are exactly the same, made by repetitions of the same request."""
    remedy: str = ""
    """What to do where it is another's, beyond adopting it."""

    @property
    def ours(self) -> bool:
        """Whether it is exactly what an interrupted run of this program makes."""
        return not self.differs
