"""The rate limit's plans in the database as one resource: the configuration is their only source.

The gateway gets the same plans as a variable (workers/edge.py). Preview and refresh name each difference. An update
repairs all of them in one transaction and applies from the next call on. Destroying the resource only forgets it.

    RateLimitPlans("plans", database_url=owner_url, plans=settings.rate_limits.words, opts=…)
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from database.plans import SEED, Plans, PlanTable, canonical, differences
from database.postgres import DatabaseError, UnreachableError, require_direct

_INPUTS = ("database_url", "plans")


class RateLimitPlansProvider(ResourceProvider):
    """Holds no state of its own: everything it needs is in the resource's inputs."""

    serialize_as_secret_always = False  # it captures nothing, and a readable state is easier to compare

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse a pooled URL, and, before the first update, a table with plans that the update would remove.

        Such plans were added by hand, which used to be the only way, and the operator must confirm or drop them.
        """
        url = news["database_url"]
        if not isinstance(url, str):
            return CheckResult(news, [])
        try:
            require_direct(url)
        except DatabaseError as error:
            return CheckResult(news, [CheckFailure("database_url", str(error))])
        return CheckResult(news, [] if _olds else _in_the_way(url, news["plans"]))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Require an update, never a replacement, for changed inputs, recorded drift and current drift."""
        changed = any(_olds.get(name) != _news.get(name) for name in _INPUTS) or bool(_olds.get("drift"))
        if not changed and isinstance(_news["database_url"], str):
            changed = _looked_up(_news)
        return DiffResult(changes=changed, replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Write the plans."""
        return CreateResult("rate-limit-plans", _apply(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Write the plans again: repair what differs, and remove undeclared plans."""
        return UpdateResult(_apply(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the table's actual drift. Raises if the database cannot be queried: unknown is not unchanged."""
        drift = PlanTable(url=props["database_url"]).differences(props["plans"])
        for text in drift:
            _say(text)
        return ReadResult(id_, _outs(props) | {"drift": drift})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Forget the resource; the plans stay, and so does the limit."""


def _in_the_way(url: str, plans: Plans) -> list[CheckFailure]:
    try:
        live = PlanTable(url=url).read(patience=5.0)
    except UnreachableError as error:
        _say(f"could not check whether the table holds other plans, {error}")
        return []
    if live is None or live in ((), SEED, canonical(plans)):
        return []
    found = "; ".join(differences(live, plans))
    remedy = "Write the plans of the table rate_limit_plans into rateLimitPlans, or change the table to match."
    return [CheckFailure("plans", f"{found}. {remedy}")]


def _looked_up(news: dict[str, Any]) -> bool:
    """Return whether the table differs from the plans. Prints each difference."""
    try:
        found = PlanTable(url=news["database_url"]).differences(news["plans"])
    except UnreachableError as error:
        _say(f"drift is as of the last refresh, {error}")
        return False
    for text in found:
        _say(text)
    return bool(found)


def _apply(props: dict[str, Any]) -> dict[str, Any]:
    PlanTable(url=props["database_url"], report=_say).sync(props["plans"])
    return _outs(props) | {"drift": []}


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {name: props.get(name) for name in _INPUTS}


def _say(text: str) -> None:
    """Show a line in the engine's display, which relays a provider's output."""
    print(f"plans: {text}", flush=True)


class RateLimitPlans(pulumi.dynamic.Resource, module="sql", name="RateLimitPlans"):
    """The plans of the rate limit in one database."""

    plans: pulumi.Output[list[str]]
    """NAME=CALLS/SECONDS, the default first."""
    drift: pulumi.Output[list[str]]
    """A sentence for each difference that the last refresh found."""

    def __init__(
        self,
        name: str,
        *,
        database_url: pulumi.Input[str],
        plans: Plans,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`database_url` is the owner's, on the direct host; the first of `plans` is the default."""
        props = {
            "database_url": pulumi.Output.secret(database_url),
            "plans": list(canonical(plans)),
            "drift": None,
        }
        super().__init__(RateLimitPlansProvider(), name, props, opts)
