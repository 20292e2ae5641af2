"""What can be adopted, and what is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from vendors.existing import Wanted


class Way(StrEnum):
    """How something gets out of the way."""

    REMOVE = "remove"
    """By removing it at the vendor."""
    NARROW = "narrow"
    """By leaving it only the targets that the program does not declare; its value stays."""
    MOVE = "move"
    """By giving it to the declared project in one call, last of all."""
    DETACH = "detach"
    """By taking the domain from its project."""
    ACCEPT = "accept"
    """By nothing: a person has to say that it is meant."""
    PERSON = "person"
    """By a person alone: no option makes it go."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something that can be the declared resource."""

    what: str
    """For people, such as `DNS record A prductr.com (76.76.21.21)`."""
    identifier: str
    """The vendor's id."""
    import_id: str
    """The id by which a provider imports it."""


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Something in the way of what is declared."""

    kind: str
    """record, ruleset, variable, domain, worker, or database."""
    what: str
    identifier: str
    """The vendor's id, or the name by which a person confirms it."""
    way: Way
    why: str
    """Why it is in the way, as the predicate of a sentence about it."""
    remedy: str = ""
    """What else a person could do."""
    consent: bool = False
    """Whether a person has to name it before it is touched, since something that works would be lost."""
    visible: bool = False
    """Whether visitors can notice that it goes."""
    where: str = ""
    """The zone, or the id of the project, that it belongs to."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """What it takes to make it again; no secret, and empty where its content is one."""
    lost: str = ""
    """What cannot be brought back, as the predicate of a sentence about it."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """One declared resource that the state does not have, and what there is of it."""

    kind: str
    name: str
    candidates: tuple[Candidate, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    refusals: tuple[str, ...] = ()
    """Why it cannot be adopted as it is: a sentence each, with what to do."""

    @property
    def adopted(self) -> Candidate | None:
        """What is imported: the only candidate there is."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def ambiguous(self) -> bool:
        """Whether nobody can tell which thing is meant."""
        return len(self.candidates) > 1

    def document(self) -> dict[str, Any]:
        """As JSON can hold it."""
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
    """Something beside the declared, which stays as it is."""

    what: str
    where: str
    """Zone or project."""
    effect: str
    """What it does, as the predicate of a sentence about it."""


@dataclass(frozen=True)
class Found:
    """What a finder says of one wanted resource."""

    candidates: tuple[Candidate, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    refusals: tuple[str, ...] = ()

    def of(self, wanted: Wanted) -> Match:
        """For that resource."""
        return Match(
            kind=wanted.kind,
            name=wanted.name,
            candidates=self.candidates,
            obstacles=self.obstacles,
            refusals=self.refusals,
        )
