"""Resource types with one special case each: rulesets, Web Analytics sites and cron triggers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.providers.cloudflare.table import Route, TableResource
from sandbox.providers.core import Api, Live, ProviderError, Value, schema


class Ruleset(TableResource):
    """A ruleset of an account or of a zone."""

    volatile = frozenset({"lastUpdated", "version"})

    def __init__(self, declared: schema.Resource, api: Api, route: Route) -> None:
        super().__init__(declared, api, route)
        self._zone = TableResource(declared, api, route)
        self._account = TableResource(
            declared,
            api,
            replace(
                route,
                imports="<account_id>/<ruleset_id>",
                item=route.item.replace("/zones/{zoneId}", "/accounts/{accountId}"),
                collection=route.collection.replace("/zones/{zoneId}", "/accounts/{accountId}"),
            ),
        )

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield an error unless there is exactly one of the two owners."""
        if ("accountId" in inputs) == ("zoneId" in inputs):
            yield 'Invalid Attribute Combination. Exactly one of "accountId" and "zoneId" is required.'

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the ruleset under its owner."""
        return self._owner(planned).create(planned)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the ruleset. An import id starts with the kind of its owner."""
        if state:
            return self._owner(state).read(identifier, state)
        kind, _, rest = identifier.partition("/")
        if kind not in ("accounts", "zones"):
            raise ProviderError(
                f'invalid ID: expected the format "<{{accounts|zones}}/{{account_id|zone_id}}>/<ruleset_id>", '
                f'got "{identifier}"'
            )
        return (self._account if kind == "accounts" else self._zone).read(rest, {})

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Send the whole ruleset."""
        return self._owner(planned).update(identifier, state, planned)

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the ruleset from its owner."""
        self._owner(state).delete(identifier, state)

    def _owner(self, place: Mapping[str, Any]) -> TableResource:
        return self._account if "accountId" in place else self._zone


class WebAnalyticsSite(TableResource):
    """A Web Analytics site."""

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the site. An import takes the zone from the site's ruleset, its only source."""
        live = super().read(identifier, state)
        zone = live.state.get("ruleset", {}).get("zoneTag") if live and not state else None
        return Live(live.identifier, {**live.state, "zoneTag": zone}) if live and zone else live


class WorkersCronTrigger(TableResource):
    """The cron triggers of a Worker, sent as a list."""

    def body(self, values: Mapping[str, Any]) -> Value:
        """Return the list of schedules, which is the whole body."""
        return [{"cron": schedule.get("cron")} for schedule in values.get("schedules", [])]

    def live(self, state: dict[str, Any], answer: Mapping[str, Any]) -> Live:
        """Return the resource, with its script's name as the id."""
        return Live(str(state["scriptName"]), state)
