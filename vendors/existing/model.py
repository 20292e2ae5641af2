"""Resources that are about to be created, and what was found of them."""

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
    """Plain inputs by snake-case name, without those that are not known yet."""
    project: str = ""
    """For a part of a Vercel project: the project's name or id."""

    def get(self, name: str) -> Any:  # noqa: ANN401 -- any input
        """An input, or None."""
        return self.inputs.get(name)


class Kept(StrEnum):
    """How a resource that an interrupted run created gets into the state."""

    IMPORT = "import"
    """By its import id."""
    AGAIN = "again"
    """By creating it again: the vendor treats that as the same resource."""
    REMADE = "remade"
    """Not at all, because no provider imports it: another one is created and the copy removed."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Something at a vendor that takes the place of a wanted resource."""

    wanted: Wanted
    what: str
    """For people, such as `DNS record A prductr.com`."""
    identifier: str
    """The vendor's id."""
    import_id: str = ""
    """The id under which a provider imports it; "" if none does."""
    differs: tuple[str, ...] = ()
    """Why it is not exactly what the program would have created, each as the predicate of a sentence."""
    kept: Kept = Kept.IMPORT
    copies: tuple[str, ...] = ()
    """Ids of further, identical ones, created by retries of the same request."""
    remedy: str = ""
    """What to do besides adopting it, if it is not this stack's."""

    @property
    def ours(self) -> bool:
        """Whether it is exactly what an interrupted run of this program creates."""
        return not self.differs
