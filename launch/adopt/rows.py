"""The table of an adoption, from the steps of a preview and the objects found at the vendors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contract import resource_types as kinds
from launch.adopt.model import Outcome, Refusal, Row
from launch.adopt.steps import Step
from vendors.adoptable import Match, Other, Way

KEPT = {
    kinds.NEON_PROJECT: "database",
    kinds.VERCEL_PROJECT: "project",
    kinds.ZONE_SETTING: "zone's setting",
    kinds.WEB_ANALYTICS_SITE: "site with its history",
}
"""Types that an adoption never replaces or deletes, with their names for people."""
_WAYS = {
    Way.REMOVE: "apply removes it",
    Way.NARROW: "apply takes these targets from it",
    Way.MOVE: "apply moves it",
    Way.DETACH: "apply detaches it",
    Way.ACCEPT: "apply continues",
}


def of_resource(step: Step, match: Match | None) -> Row | None:
    """Return what becomes of a declared resource; None if it stays as it is."""
    kind = step.type.rpartition(":")[2]
    if step.replaces:
        outcome, reason = Outcome.REPLACED, "a property differs that cannot be changed"
    elif "delete" in step.ops:
        outcome, reason = Outcome.DELETED, "the program no longer declares it"
    elif match is not None and match.ambiguous:
        there = "; ".join(f"{each.what}, id {each.identifier}" for each in match.candidates)
        reason = f"{len(match.candidates)} candidates match"
        return Row(outcome=Outcome.AMBIGUOUS, name=step.name, kind=kind, there=there, reason=reason)
    elif "import" in step.ops:
        outcome = Outcome.CHANGED if step.changes else Outcome.ADOPTED
        reason = "is what the program declares under this name" + (", but for these" if step.changes else "")
    elif "create" in step.ops:
        outcome, reason = Outcome.CREATED, _why_created(step, match)
    elif "update" in step.ops:
        outcome, reason = Outcome.CHANGED, "the stack has it already"
    else:
        return None
    adopted = match.adopted if match else None
    return Row(
        outcome=outcome,
        name=step.name,
        kind=kind,
        there=adopted.what if adopted else "",
        reason=reason,
        identifier=adopted.import_id if adopted else "",
        changes=step.changes if outcome is not Outcome.CREATED else (),
    )


def _why_created(step: Step, match: Match | None) -> str:
    if step.type == kinds.VERCEL_DEPLOYMENT:
        return "no provider imports a deployment; the existing ones stay"
    if match and match.obstacles:
        return "once nothing is in its way"
    return "nothing like it exists" if match else "only the stack has it"


def in_the_way(match: Match) -> Iterator[Row]:
    """Yield the obstacles that have to go first."""
    for each in match.obstacles:
        how = _WAYS.get(each.way, "a person has to")
        if each.consent:
            how = f"{how} with --allow {each.identifier}"
        yield Row(
            outcome=Outcome.IN_THE_WAY,
            name=match.name,
            kind=each.kind,
            there=each.what,
            reason=f"{each.why}; {how}",
            identifier=each.identifier,
        )


def left_alone(other: Other) -> Row:
    """Return the row of an object that nobody declares."""
    reason = f"{other.where}: {other.effect}"
    return Row(outcome=Outcome.LEFT_ALONE, name="", kind="", there=other.what, reason=reason)


def losses(steps: Mapping[str, Step]) -> Iterator[Refusal]:
    """Refuse to replace or delete a resource that must stay."""
    for step in steps.values():
        what = KEPT.get(step.type)
        deleted = "delete" in step.ops or "discard" in step.ops
        if what is None or not (step.replaces or deleted):
            continue
        done = "replaced" if step.replaces else "deleted"
        differs = ", ".join(f"{each.name} is {each.before}, declared {each.after}" for each in step.changes)
        yield Refusal(
            subject=step.name,
            name=f"{what} stays",
            what=f"it would be {done}" + (f": {differs}" if differs else ""),
            remedy="Make the settings match what exists today. Never unprotect it: its replacement would be empty.",
        )
