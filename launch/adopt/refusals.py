"""The reasons why nothing may happen yet, each with its remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from launch.adopt.model import InTheWay, Refusal
from vendors.adoptable import Match

MASTER_KEY = "USER_SECRETS_MASTER_KEY"
_KEY_SETTING = "prductr:userSecretsMasterKey"


def of_matches(matches: Collection[Match]) -> Iterator[Refusal]:
    """Refuse several candidates for one resource, and a candidate that would not stay what it is."""
    for each in matches:
        if each.ambiguous:
            what = "several candidates match: " + "; ".join(
                f"{one.what}, id {one.identifier}" for one in each.candidates
            )
            remedy = "Look which one is in use, and remove or rename the others at the vendor."
            yield Refusal(subject=each.name, name="one candidate", what=what, remedy=remedy)
        for refusal in each.refusals:
            what, _, remedy = refusal.partition(": ")
            yield Refusal(subject=each.name, name="can be adopted", what=what, remedy=remedy)


def of_in_the_way(there: Iterable[InTheWay]) -> Iterator[Refusal]:
    """Refuse obstacles that a person has to remove, or has to allow."""
    for each in there:
        if each.blocks:
            allow = f"`--allow {each.obstacle.identifier}` continues anyway." if each.obstacle.consent else ""
            yield Refusal(
                subject=each.resource,
                name="has room",
                what=f"{each.obstacle.what} {each.obstacle.why}",
                remedy=" ".join(part for part in (each.obstacle.remedy, allow) if part),
            )


def of_other_stacks(matches: Collection[Match], held: Mapping[tuple[str, str], str]) -> Iterator[Refusal]:
    """Refuse what belongs to another stack. `held` maps type and id to that stack."""
    for each in matches:
        for candidate in each.candidates:
            ids = (candidate.identifier, candidate.import_id, candidate.import_id.rpartition("/")[2])
            owner = next((held[each.kind, one] for one in ids if (each.kind, one) in held), None)
            if owner:
                what = f"{candidate.what} belongs to stack {owner}"
                remedy = f"Let one stack have it: work with stack {owner}, or remove it from that state first."
                yield Refusal(subject=each.name, name="belongs to nobody", what=what, remedy=remedy)


def of_master_key(matches: Collection[Match], settings: Mapping[str, str]) -> Iterator[Refusal]:
    """Refuse to generate a key in place of the one in use: data stored by users would be unreadable for ever."""
    there = any(MASTER_KEY in one.what for each in matches for one in each.candidates) or any(
        MASTER_KEY in one.what for each in matches for one in each.obstacles
    )
    if there and not settings.get(_KEY_SETTING):
        remedy = "Take it from where it was stored when it was created: pulumi config set --secret userSecretsMasterKey"
        what = "today's key is not in the settings, and users' stored data cannot be read with another"
        yield Refusal(subject=MASTER_KEY, name="is at hand", what=what, remedy=remedy)


def of_errors(errors: Sequence[tuple[str, str]], others: Collection[Refusal]) -> Iterator[Refusal]:
    """Refuse what the failed preview reports for each resource, unless one of our own checks explains it better."""
    explained = {each.subject for each in others}
    looked_into = any(each.name in ("baseline", "migrations", "before the migrations") for each in others)
    messages = [(name, text) for name, text in errors if not text.startswith(("preview failed", "Exception calling"))]
    if not messages and not others:
        messages = [("", "the preview failed without a reason")]
    for name, text in messages:
        if name in explained or (looked_into and name == "schema-migrations"):
            continue
        remedy = "Correct what it names, then plan again."
        yield Refusal(subject=name or "the program", name="preview", what=text, remedy=remedy)
