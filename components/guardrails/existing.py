"""Looks up existing resources before anything is created, and decides about each of them.

If the response to a creation is lost, the resource exists nevertheless: the next run would meet a conflict that no run
could solve, or create a second one. So everything that the program declares and the state lacks is looked up by its
natural key. A resource that equals what this program creates is taken into the state. Any other belongs to somebody
else and ends the run before it begins.

    existing = Existing(settings, state)
    with guardrails(existing): ...

If the state lacks nothing, nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from components.guardrails.adoption import Adoption
from components.guardrails.known_state import KnownState
from components.guardrails.leftovers import Leftovers, holds_data
from components.guardrails.registration import Declared
from components.settings import Mistakes, RefusedError, Settings
from contract import resource_types as kinds
from vendors import Access
from vendors.existing import Found, Kept, Wanted

if TYPE_CHECKING:
    from vendors import VendorError
    from vendors.existing import Inventory

_OF_A_PROJECT = (kinds.VERCEL_DOMAIN, kinds.VERCEL_VARIABLE, kinds.VERCEL_DEPLOYMENT)
_LOOKED_FOR = (
    kinds.DNS_RECORD,
    kinds.RULESET,
    kinds.WORKERS_SCRIPT,
    kinds.WORKERS_CUSTOM_DOMAIN,
    kinds.WEB_ANALYTICS_SITE,
    kinds.VERCEL_PROJECT,
    *_OF_A_PROJECT,
    kinds.NEON_PROJECT,
)


class Existing:
    """The vendors' existing resources that this stack's state lacks."""

    def __init__(self, settings: Settings, state: KnownState) -> None:
        self._access: Access = settings.access
        self._taking_over = settings.taking_over
        self._adoption = Adoption(settings.adoption) if settings.adoption else None
        self._state = state
        self.leftovers = Leftovers(settings.access, state)

    def hooks(self, resource: Declared) -> pulumi.ResourceHookBinding | None:
        """Return hooks around the creation of a resource, whose response could be lost in this very run."""
        return self.leftovers.binding() if resource.kind in _LOOKED_FOR else None

    def settle(self, stack: Sequence[Declared]) -> None:
        """Look up the resources that the state lacks, and decide about each.

        Raises RefusedError if one is somebody else's.
        """
        looked_for = (*_LOOKED_FOR, kinds.ZONE_SETTING) if self._adoption else _LOOKED_FOR
        wanted = {each: _wanted(each, stack) for each in stack if each.kind in looked_for}
        missing = {each: want for each, want in wanted.items() if not self._state.holds(each.kind, each.name)}
        if not missing:
            return
        # Only a run that creates something pays for the clients.
        from vendors.existing import Inventory, look

        with Inventory(self._access, holds_data=holds_data, declared=tuple(wanted.values())) as inventory:
            found, errors = look(inventory, missing.values())
            if self._adoption and not errors:
                found, errors = self._adopt(self._adoption, inventory, missing, found)
        mistakes = Mistakes()
        for error in errors:
            mistakes.add(error.vendor, error.what, error.remedy)
        if mistakes.found:
            raise RefusedError("The stack needs its vendors; nothing was changed.", mistakes)
        by_name = {(each.wanted.kind, each.wanted.name): each for each in found}
        self.leftovers.looked_for.update((each.kind, each.name) for each in missing)
        found_of = [(each, by_name[each.kind, each.name]) for each in missing if (each.kind, each.name) in by_name]
        if not self._adoption:
            self._refuse_others(found_of, mistakes)
        for resource, one in found_of:
            if one.ours:
                self._take(resource, one)
        # A failed run could not remove the copies that its providers' retries created: its program had ended before
        # them.
        held = {each: want for each, want in wanted.items() if each not in missing}
        self.leftovers.remove_copies_of(
            [(want, self._state.ids.get((each.kind, each.name), "")) for each, want in held.items()]
        )

    def _adopt(
        self, adoption: Adoption, inventory: Inventory, missing: Mapping[Declared, Wanted], found: Sequence[Found]
    ) -> tuple[list[Found], list[VendorError]]:
        """Import the adoptable resources. The plan reports what blocks the rest, and this run leaves those alone.

        Returns the resources that no import can restore and `settle` must handle, and the errors of the lookup.
        """
        from vendors import VendorError

        usual = [each for each in found if each.ours and (each.kept is not Kept.IMPORT or each.copies)]
        left = {(each.wanted.kind, each.wanted.name) for each in usual}
        resources = {(each.kind, each.name): each for each in missing if (each.kind, each.name) not in left}
        try:
            matches = adoption.settle(
                inventory,
                [missing[each] for each in resources.values()],
                held=self._state.ids.values(),
                ours={(each.wanted.kind, each.wanted.name) for each in found if each.ours},
            )
        except VendorError as error:
            return [], [error]
        for match in matches:
            key = (match.kind, match.name)
            if match.adopted and not adoption.later(match):
                resources[key].decision.import_id = match.adopted.import_id
            elif there := [*(each.what for each in match.candidates), *(each.what for each in match.obstacles)]:
                self.leftovers.refused[key] = f"{there[0]} is in the way: run `launch adopt plan`."
        return usual, []

    def _refuse_others(self, found: Sequence[tuple[Declared, Found]], mistakes: Mistakes) -> None:
        strange = {one.wanted.get("name") for each, one in found if each.kind == kinds.VERCEL_PROJECT and not one.ours}
        for resource, one in found:
            if one.ours or (resource.kind in _OF_A_PROJECT and one.wanted.project in strange):
                continue
            what = f"{one.what} exists already and is not this stack's: it {' and '.join(one.differs)}"
            adoption = f"Adopt it (`launch adopt`, or `pulumi import` with the id {one.import_id})"
            remedy = f"{adoption}, {one.remedy}." if one.import_id else f"{one.remedy[:1].upper()}{one.remedy[1:]}."
            remedy += self._about_the_database(resource)
            if self._taking_over:
                pulumi.log.warn(f"{resource}: {what}. It is left unchanged. {remedy}")
                self.leftovers.refused[resource.kind, resource.name] = f"{what}.\n{remedy}"
            else:
                mistakes.add(str(resource), what, remedy)
        if mistakes.found:
            raise RefusedError("Resources that would be created exist already; nothing was changed.", mistakes)

    def _about_the_database(self, resource: Declared) -> str:
        earlier = self._state.outputs.get("database") if resource.kind == kinds.NEON_PROJECT else None
        if not earlier:
            return ""
        return (
            f" This stack has had the Neon project {earlier['project_id']}; another one would be empty. Only if it is"
            " lost for good: pulumi config set replaceLostDatabase true"
        )

    def _take(self, resource: Declared, found: Found) -> None:
        same = f"{found.what} exists and is exactly what an interrupted run created"
        match found.kept:
            case Kept.IMPORT:
                resource.decision.import_id = found.import_id
                pulumi.log.warn(f"{resource}: {same}: taking it into the state.")
            case Kept.AGAIN:
                pulumi.log.warn(f"{resource}: {same}: creating it again takes it into the state.")
            case Kept.REMADE:
                pulumi.log.warn(
                    f"{resource}: {found.what} was created by an interrupted run, and no provider can import it into"
                    " the state: another one is created, and this one is removed if they are the same."
                )
        if found.copies and found.kept is Kept.IMPORT:
            self.leftovers.remove_copies(found)


def _wanted(resource: Declared, stack: Sequence[Declared]) -> Wanted:
    inputs = {name: plain for name, value in resource.inputs.items() if (plain := _plain(value)) is not None}
    project = ""
    if resource.kind in _OF_A_PROJECT:
        mates = (each for each in stack if each.kind == kinds.VERCEL_PROJECT and _parent(each) is _parent(resource))
        project = next((str(each.plain("name")) for each in mates), "")
    return Wanted(kind=resource.kind, name=resource.name, inputs=inputs, project=project)


def _parent(resource: Declared) -> pulumi.Resource | None:
    return resource.options.parent


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any input
    """Input types as mappings; None for values that are not known yet."""
    if isinstance(value, pulumi.Output):
        return None
    if isinstance(value, Mapping):
        return dict(_entries(value))
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dict__") and not isinstance(value, pulumi.Resource):
        return dict(_entries(value.__dict__))
    return value


def _entries(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if (plain := _plain(value)) is not None:
            yield name, plain
