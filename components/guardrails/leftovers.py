"""Leftovers of a lost response after which the run continues: copies, and halves of a replacement.

A provider that gets no response retries, and then there are two resources, of which the state holds one. Also, the
previous run may have created the successor of a deleted resource without recording it. Hooks of the engine check for
both, and only around creations. A hook must not send requests to the engine, which answers none while a run fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pulumi

from components.guardrails.known_state import KnownState
from contract import resource_types as kinds
from vendors import Access
from vendors.existing import Found, Wanted

if TYPE_CHECKING:
    from vendors.existing import Inventory

_SAME_COMMIT = ("githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha")


class Leftovers:
    """Checks around each creation."""

    def __init__(self, access: Access, state: KnownState) -> None:
        self._access = access
        self._state = state
        self.looked_for: set[tuple[str, str]] = set()
        """Type and name of resources that were looked up before the run and are known not to exist."""
        self.refused: dict[tuple[str, str], str] = {}
        """Type and name of resources that must not be created, and why."""
        self._binding: pulumi.ResourceHookBinding | None = None

    def binding(self) -> pulumi.ResourceHookBinding:
        """Return the hooks, registered once for all resources."""
        if self._binding is None:
            before = pulumi.ResourceHook("launch-before-create", self._before)
            after = pulumi.ResourceHook("launch-after-create", self._after)
            self._binding = pulumi.ResourceHookBinding(before_create=[before], after_create=[after])
        return self._binding

    def remove_copies(self, found: Found) -> None:
        """Remove the copies that retries created beside the resource that is imported. Raises VendorError."""
        if pulumi.runtime.is_dry_run():
            return
        with self._inventory() as inventory:
            for identifier in found.copies:
                _REMOVERS[found.wanted.kind](inventory, found.wanted, identifier)
                _report(f"{found.what}: removed the copy {identifier}, left by an interrupted run.")

    def remove_copies_of(self, held: Iterable[tuple[Wanted, str]]) -> None:
        """Remove the copies that retries created beside resources in the state, each given with its id."""
        from vendors import VendorError
        from vendors.existing import COPIES

        if pulumi.runtime.is_dry_run():
            return
        with self._inventory() as inventory:
            for wanted, identifier in held:
                if wanted.kind not in COPIES:
                    continue
                try:
                    copies = COPIES[wanted.kind](inventory, wanted, identifier)
                except VendorError as error:  # the run itself does not depend on it
                    _report(f"{wanted.name}: could not check for copies from a lost response: {error}")
                else:
                    for copy in copies:
                        self._remove_copy(inventory, wanted, copy)

    def _remove_copy(self, inventory: Inventory, wanted: Wanted, identifier: str) -> None:
        try:
            _REMOVERS[wanted.kind](inventory, wanted, identifier)
        except Exception as error:  # any error: this copy is reported and the others are still checked
            _report(f"{wanted.name}: could not remove {identifier}, a copy left by a lost response: {error}")
        else:
            _report(f"{wanted.name}: removed {identifier}, a copy left by a lost response.")

    def _before(self, args: pulumi.ResourceHookArgs) -> None:
        """Raise ValueError if the resource to create exists and is not this stack's."""
        key = (args.type, args.name)
        if key in self.refused:
            raise ValueError(self.refused[key])
        if key in self.looked_for or args.type not in _REMOVERS:
            return
        if args.type in (kinds.VERCEL_DEPLOYMENT, kinds.NEON_PROJECT, kinds.WEB_ANALYTICS_SITE):
            return  # the old one still exists: its successor is created before it is removed
        with self._inventory() as inventory:
            found = self._find(inventory, _wanted(args))
            if found is None:
                return
            if not found.ours:
                raise ValueError(
                    f"{found.what} exists already and is not this stack's: it {' and '.join(found.differs)}."
                )
            _REMOVERS[args.type](inventory, found.wanted, found.identifier)
        _report(f"{found.what} was created by an interrupted replacement: removing it and creating it again.")

    def _after(self, args: pulumi.ResourceHookArgs) -> None:
        """Remove the copies that retries created beside the resource whose response arrived."""
        if args.type not in (kinds.VERCEL_DEPLOYMENT, kinds.NEON_PROJECT, kinds.WEB_ANALYTICS_SITE):
            return
        wanted = _wanted(args)
        with self._inventory() as inventory:
            for identifier in sorted(self._copies(inventory, wanted, args)):
                self._remove_copy(inventory, wanted, identifier)

    def _copies(self, inventory: Inventory, wanted: Wanted, args: pulumi.ResourceHookArgs) -> set[str]:
        """Return ids of identical resources that did not exist before this run."""
        if args.type == kinds.VERCEL_DEPLOYMENT:
            return self._same_deployments(inventory, wanted, args.id)
        found = self._find(inventory, wanted)
        if found is None or (args.type, args.name) not in self.looked_for:
            return set()
        others = {found.identifier, *found.copies} - {args.id}
        if others and not found.ours:
            _report(f"{args.name}: similar resources exist, {', '.join(sorted(others))}: {', '.join(found.differs)}.")
            return set()
        return others

    def _same_deployments(self, inventory: Inventory, wanted: Wanted, made: str) -> set[str]:
        """Return other deployments of the same environment and commit, so nothing is lost with them."""
        there = {each["uid"]: each for each in inventory.deployments(wanted.project)}
        mine = there.get(made)
        if mine is None:
            return set()
        held = self._state.deployments  # their predecessors stay, for a rollback
        return {
            uid
            for uid, each in there.items()
            if uid != made and each.get("url") not in held and _build(each) == _build(mine)
        }

    def _find(self, inventory: Inventory, wanted: Wanted) -> Found | None:
        from vendors.existing import FINDERS

        return FINDERS[wanted.kind](inventory, wanted)

    def _inventory(self) -> Inventory:
        """Return a new inventory, because the accounts have changed since the last one was read."""
        from vendors.existing import Inventory

        return Inventory(self._access, holds_data=holds_data)


def holds_data(url: str) -> bool:
    """Return whether a database has tables of its own. Raises DatabaseError if it cannot be examined."""
    from database.postgres import connect

    query = """
        select exists (
            select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'm', 'f') and n.nspname !~ '^(pg_|information_schema$)'
        )
    """
    with connect(url, application_name="launch", autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row is None or bool(row[0])


def _build(deployment: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the inputs of a deployment's build."""
    meta, source = deployment.get("meta") or {}, deployment.get("gitSource") or {}
    commits = [meta.get(name) for name in _SAME_COMMIT if meta.get(name)] or [source.get("sha")]
    return deployment.get("target"), meta.get("environment"), source.get("ref") or meta.get("githubCommitRef"), *commits


def _wanted(args: pulumi.ResourceHookArgs) -> Wanted:
    inputs = {name: value for name, value in _snakes(args.new_inputs or {}) if not name.startswith("__")}
    return Wanted(
        kind=args.type, name=args.name, inputs=inputs, project=str((args.new_inputs or {}).get("projectId") or "")
    )


def _snakes(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        yield re.sub(r"(?<!^)([A-Z])", lambda match: f"_{match[1].lower()}", name), _snake(value)


def _snake(value: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, Mapping):
        return {name: item for name, item in _snakes(value) if not name.startswith("__")}
    return [_snake(item) for item in value] if isinstance(value, list) else value


def _report(text: str) -> None:
    """Print to standard error, which the engine shows. Writing to the engine's log would be a request to it."""
    import sys

    print(f"warning: {text}", file=sys.stderr, flush=True)


def _removed(remove: Callable[[], None]) -> None:
    from vendors import MissingError

    with suppress(MissingError):
        remove()


def _remove_database(inventory: Inventory, wanted: Wanted, identifier: str) -> None:
    """Remove the project. Raises ValueError if it holds data after all."""
    branch = wanted.get("branch") or {}
    names = {"database": str(branch.get("database_name")), "role": str(branch.get("role_name"))}
    if holds_data(inventory.neon.connection_uri(identifier, **names)):
        raise ValueError(f"the Neon project {identifier} holds data, so it was left: examine it at Neon")
    _removed(lambda: inventory.neon.delete_project(identifier))


def _remove_record(inventory: Inventory, wanted: Wanted, identifier: str) -> None:
    _removed(lambda: inventory.cloudflare.delete_dns_record(str(wanted.get("zone_id")), identifier))


def _remove_ruleset(inventory: Inventory, wanted: Wanted, identifier: str) -> None:
    _removed(lambda: inventory.cloudflare.delete_ruleset(str(wanted.get("zone_id")), identifier))


def _remove_site(inventory: Inventory, wanted: Wanted, identifier: str) -> None:
    _removed(lambda: inventory.cloudflare.delete_analytics_site(str(wanted.get("account_id")), identifier))


def _remove_domain(inventory: Inventory, wanted: Wanted, identifier: str) -> None:
    _removed(lambda: inventory.vercel.remove_domain(wanted.project, identifier))


def _remove_variable(inventory: Inventory, wanted: Wanted, identifier: str) -> None:
    _removed(lambda: inventory.vercel.delete_variable(wanted.project, identifier))


def _remove_deployment(inventory: Inventory, _: Wanted, identifier: str) -> None:
    _removed(lambda: inventory.vercel.delete_deployment(identifier))


_REMOVERS: Mapping[str, Callable[[Inventory, Wanted, str], None]] = {
    kinds.DNS_RECORD: _remove_record,
    kinds.RULESET: _remove_ruleset,
    kinds.WEB_ANALYTICS_SITE: _remove_site,
    kinds.VERCEL_DOMAIN: _remove_domain,
    kinds.VERCEL_VARIABLE: _remove_variable,
    kinds.VERCEL_DEPLOYMENT: _remove_deployment,
    kinds.NEON_PROJECT: _remove_database,
}
"""Type token -> function that removes a resource which an interrupted run created."""
