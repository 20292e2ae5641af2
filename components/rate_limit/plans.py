"""The rate limit's plans in the database as one resource: the configuration is their one source, for both homes.

The gateway gets the same plans as a variable (workers/edge.py). Preview and refresh name each difference; an update
repairs all of them in one transaction, and a change holds for the next call. Destroying the resource only forgets it.

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
    """Holds no state of its own: what it is given is in the resource's inputs."""

    serialize_as_secret_always = False  # it captures nothing, and a readable state is easier to compare

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse a pooled URL, and, before the first update, a table with plans that the update would remove.

        Whoever put them there by hand, as once was the way, must say whether they are meant.
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
        """Changed inputs, recorded drift and drift that the database shows now make an update, never a replacement."""
        changed = any(_olds.get(name) != _news.get(name) for name in _INPUTS) or bool(_olds.get("drift"))
        if not changed and isinstance(_news["database_url"], str):
            changed = _looked_up(_news)
        return DiffResult(changes=changed, replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Write the plans."""
        return CreateResult("rate-limit-plans", _apply(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Write the plans again: what differs is put right, what is not declared is removed."""
        return UpdateResult(_apply(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What the table really holds. Raises when the database cannot be asked: unknown is not unchanged."""
        drift = PlanTable(url=props["database_url"]).differences(props["plans"])
        for text in drift:
            _say(text)
        return ReadResult(id_, _outs(props) | {"drift": drift})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Forget the resource; the plans stay, and with them the limit."""


def _in_the_way(url: str, plans: Plans) -> list[CheckFailure]:
    try:
        live = PlanTable(url=url).read(patience=5.0)
    except UnreachableError as error:
        _say(f"whether the table holds other plans is not known, {error}")
        return []
    if live is None or live in ((), SEED, canonical(plans)):
        return []
    found = "; ".join(differences(live, plans))
    remedy = "Write into rateLimitPlans what the table rate_limit_plans holds, or make the table as rateLimitPlans is."
    return [CheckFailure("plans", f"{found}. {remedy}")]


def _looked_up(news: dict[str, Any]) -> bool:
    """Whether the table differs from the plans; prints each difference."""
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
    """Show a line in the engine's display, which relays what a provider prints."""
    print(f"plans: {text}", flush=True)


class RateLimitPlans(pulumi.dynamic.Resource, module="sql", name="RateLimitPlans"):
    """The plans of the rate limit in one database."""

    plans: pulumi.Output[list[str]]
    """NAME=CALLS/SECONDS, the default first."""
    drift: pulumi.Output[list[str]]
    """What the last refresh found to differ, a sentence each."""

    def __init__(
        self,
        name: str,
        *,
        database_url: pulumi.Input[str],
        plans: Plans,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`database_url` is the owner's, on the direct host; of `plans` the first is the default."""
        props = {
            "database_url": pulumi.Output.secret(database_url),
            "plans": list(canonical(plans)),
            "drift": None,
        }
        super().__init__(RateLimitPlansProvider(), name, props, opts)
