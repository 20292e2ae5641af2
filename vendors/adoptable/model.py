"""What can be adopted, and what blocks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from vendors.existing import Wanted


class Way(StrEnum):
    """How an obstacle is removed."""

    REMOVE = "remove"
    """By deleting it at the vendor."""
    NARROW = "narrow"
    """By narrowing it to the targets that the program does not declare; its value stays."""
    MOVE = "move"
    """By moving it to the declared project in one call, last of all."""
    DETACH = "detach"
    """By detaching the domain from its project."""
    ACCEPT = "accept"
    """By confirmation: a person has to state that this is intended."""
    PERSON = "person"
    """By a person only: no option removes it."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something that can become the declared resource."""

    what: str
    """For people, such as `DNS record A prductr.com (76.76.21.21)`."""
    identifier: str
    """The vendor's id."""
    import_id: str
    """The id under which a provider imports it."""


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Something that blocks a declared resource."""

    kind: str
    """record, ruleset, variable, domain, worker, or database."""
    what: str
    identifier: str
    """The vendor's id, or the name by which a person confirms it."""
    way: Way
    why: str
    """Why it blocks, as the predicate of a sentence about it."""
    remedy: str = ""
    """What else a person could do."""
    consent: bool = False
    """Whether a person has to name it before it is changed, because something that works would be lost."""
    visible: bool = False
    """Whether visitors may notice its removal."""
    where: str = ""
    """The zone, or the id of the project, that it belongs to."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """The fields needed to create it again, without secrets; empty if its content is a secret."""
    lost: str = ""
    """What cannot be restored, as the predicate of a sentence about it."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """One declared resource that is missing from the state, and what exists of it."""

    kind: str
    name: str
    candidates: tuple[Candidate, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    refusals: tuple[str, ...] = ()
    """Why it cannot be adopted as it is: one sentence each, with a remedy."""

    @property
    def adopted(self) -> Candidate | None:
        """The resource to import: the only candidate."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def ambiguous(self) -> bool:
        """Whether several candidates remain."""
        return len(self.candidates) > 1

    def document(self) -> dict[str, Any]:
        """A form that JSON can hold."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From `document()`."""
        return cls(
            kind=document["kind"],
            name=document["name"],
            candidates=tuple(Candidate(**each) for each in document["candidates"]),
            obstacles=tuple(Obstacle(**{**each, "way": Way(each["way"])}) for each in document["obstacles"]),
            refusals=tuple(document["refusals"]),
        )


@dataclass(frozen=True, kw_only=True)
class Other:
    """A resource outside the declaration, which stays as it is."""

    what: str
    where: str
    """Its zone or project."""
    effect: str
    """What it does, as the predicate of a sentence about it."""


@dataclass(frozen=True)
class Found:
    """What a finder found for one wanted resource."""

    candidates: tuple[Candidate, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    refusals: tuple[str, ...] = ()

    def of(self, wanted: Wanted) -> Match:
        """The match for that resource."""
        return Match(
            kind=wanted.kind,
            name=wanted.name,
            candidates=self.candidates,
            obstacles=self.obstacles,
            refusals=self.refusals,
        )
