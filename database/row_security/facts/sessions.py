"""Differences in the start of a session: the schema's owner, settings, event triggers."""

from __future__ import annotations

from collections.abc import Iterator

from database.postgres import name
from database.row_security.facts.difference import Difference, Need, owner_difference
from database.row_security.facts.facts import Value

_HERE = " in this database"


def compare_schema(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare the schema's owner, which may create anything in it and grant anybody rights."""
    if wanted is None or there is None:
        state = "missing" if wanted else "not declared"
        needs = Need.MIGRATION if wanted else Need.PERSON
        yield Difference(kind="schema", object=thing, text=f"schema {thing} is {state}", needs=needs)
        return
    yield owner_difference(thing, f"schema {thing}", f"alter schema {thing}", str(there["owner"]))


def compare_setting(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a setting with which a role's sessions, or all sessions, start: everywhere or in this database."""
    who, setting = thing.rsplit(" ", 1)
    role, quoted = who.removesuffix(_HERE), name(setting)
    whose = "all" if role == "every role" else role
    if who == role:
        reset = f"alter role {whose} reset {quoted}"
    else:
        here = "database %I" if whose == "all" else f"role {whose} in database %I"
        reset = f"do $$ begin execute format('alter {here} reset {quoted}', current_database()); end $$"
    text = (
        f"{who} starts with {setting} = {there['value'] if there else 'nothing'}, declared "
        f"{wanted['value'] if wanted else 'nothing'}"
    )
    if there and there.get("harmless"):
        yield Difference(kind="setting", object=thing, text=text, needs=Need.PERSON, security=False, foreign=True)
        return
    needs = Need.PERSON if there and there.get("superuser") else Need.UPDATE
    yield Difference(kind="setting", object=thing, text=text, repair=(reset,), needs=needs)


def compare_event_trigger(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Report an event trigger; none is declared.

    Those on `login` run in the application's sessions; others run when a schema changes.
    """
    there = there or {"event": "missing", "function": "nothing", "enabled": False}
    harmful = there["event"] == "login" and bool(there["enabled"])
    yield Difference(
        kind="event trigger",
        object=thing,
        text=f"event trigger {thing} is not declared: {there['event']} runs {there['function']}"
        + ("" if there["enabled"] else ", disabled"),
        repair=(f"drop event trigger {thing}",),
        needs=Need.PERSON,
        security=harmful,
        foreign=wanted is None,
        harmful=harmful,
    )
