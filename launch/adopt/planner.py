"""Plan an adoption: one preview in which the program imports whatever can be adopted, and additional checks.

planned = plan(stack)                      # changes nothing, anywhere
planned.refusals                           # why nothing may happen yet
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract import resource_types as kinds
from contract.problem import Problem
from database.postgres import DatabaseError
from launch.adopt import database, refusals, rows
from launch.adopt.model import InTheWay, Plan, Refusal
from launch.adopt.steps import Steps
from launch.stack import PulumiError, Stack
from vendors import Access, Neon, VendorError
from vendors.adoptable import Match, Other, Way

VARIABLE = "LAUNCH_ADOPTION"
"""Names the folder through which program and verb exchange what is adopted (`components/guardrails/adoption.py`)."""
FOUND, DECIDED = "found.json", "decided.json"
LATER = ""
"""Stands for the import id of a resource that a later run adopts."""
_ADDRESSES = ("A", "AAAA", "CNAME")


class AdoptionError(Problem):
    """An adoption cannot be planned or performed; the message gives the reason and the remedy."""


def adopting(stack: Stack, folder: Path) -> Stack:
    """Return the same stack, with a program that adopts what `folder` lists."""
    return replace(stack, environment={**stack.environment, VARIABLE: str(folder)})


def access_of(stack: Stack, configuration: Mapping[str, str]) -> Access:
    """Return access to the vendors that the stack's configuration names. Raises AdoptionError."""
    try:
        return Access.of(configuration, stack.environment)
    except ValueError as error:
        raise AdoptionError(str(error), where=f"stack {stack.name}", remedy="Use https.") from None


def plan(stack: Stack, *, allowed: Collection[str] = ()) -> Plan:
    """Plan an adoption. `allowed` lists the plan's ids of what a person agrees to lose. Raises Problem."""
    watch = Steps()
    with TemporaryDirectory(prefix="launch-adopt-") as folder, ThreadPoolExecutor() as threads:
        configuration = threads.submit(stack.configuration)
        elsewhere = threads.submit(_held_elsewhere, stack)
        failure = _preview(adopting(stack, Path(folder)), watch)
        found = Path(folder) / FOUND
        document: dict[str, Any] = json.loads(found.read_text("utf-8")) if found.exists() else {}
        if failure and not document:
            raise failure
        settings, held = configuration.result(), elsewhere.result()
    matches = [Match.of(each) for each in document.get("matches", ())]
    planned = _table(stack, watch, matches, document, allowed)
    against = [
        *refusals.of_matches(matches),
        *refusals.of_in_the_way(planned.in_the_way),
        *refusals.of_other_stacks(matches, held),
        *refusals.of_master_key(matches, settings),
        *rows.losses(watch.found),
    ]
    in_database, unchecked = _of_database(stack, access_of(stack, settings), planned.database)
    against += in_database
    if failure:
        against += refusals.of_errors(watch.errors or [("", failure.what)], against)
    return replace(planned, refusals=tuple(dict.fromkeys(against)), unchecked=tuple(unchecked))


def _preview(stack: Stack, watch: Steps) -> PulumiError | None:
    try:
        stack.preview(watch)
    except PulumiError as error:
        errors = dict.fromkeys(text for _, text in watch.errors)
        what = "\n".join(errors or watch.notes).removeprefix("error: ")
        return PulumiError(what or error.what, where=error.where, remedy=error.remedy)
    return None


def _held_elsewhere(stack: Stack) -> dict[tuple[str, str], str]:
    """Map type and id of every resource in the project's other stacks to the name of its stack."""
    return {
        (str(each["type"]), str(each.get("id", ""))): name
        for name in stack.names()
        if name != stack.name
        for each in stack.resources(name)
        if each.get("custom")
    }


def _table(
    stack: Stack, watch: Steps, matches: Collection[Match], document: Mapping[str, Any], allowed: Collection[str]
) -> Plan:
    by_key = {(each.kind, each.name): each for each in matches}
    urns = {step.name: step.urn for step in watch.found.values()}
    table = [
        row for step in watch.found.values() if (row := rows.of_resource(step, by_key.get((step.type, step.name))))
    ]
    table += [row for each in matches for row in rows.in_the_way(each)]
    others = tuple(Other(**each) for each in document.get("others", ()))
    table += [rows.left_alone(each) for each in others]
    changing = {row.name for row in table}
    return Plan(
        stack=stack.name,
        rows=tuple(sorted(table, key=lambda row: (row.name, row.there))),
        refusals=(),
        in_the_way=tuple(
            InTheWay(
                resource=match.name,
                urn=urns.get(match.name, ""),
                obstacle=each,
                beside=_records_of(watch, str(each.document.get("name"))) if each.way is Way.MOVE else (),
                allowed=each.identifier in allowed,
            )
            for match in matches
            for each in match.obstacles
        ),
        others=others,
        decided={f"{each.kind} {each.name}": each.adopted.import_id for each in matches if each.adopted},
        migrations=tuple(dict.fromkeys(watch.migrations)),
        unchanged=sum(step.name not in changing for step in watch.found.values()),
        database=_database(watch),
        urns=urns,
    )


def _records_of(watch: Steps, host: str) -> tuple[str, ...]:
    """Return the records that lead to a host. They depend on its domain, but the engine ignores that for an import."""
    return tuple(
        step.urn
        for step in watch.found.values()
        if step.type == kinds.DNS_RECORD and step.inputs.get("name") == host and step.inputs.get("type") in _ADDRESSES
    )


def _database(watch: Steps) -> dict[str, str]:
    for step in watch.found.values():
        branch = step.inputs.get("branch") or {}
        if step.type == kinds.NEON_PROJECT and step.id and branch:
            return {"project": step.id, "database": str(branch["databaseName"]), "role": str(branch["roleName"])}
    return {}


def _of_database(stack: Stack, access: Access, named: Mapping[str, str]) -> tuple[list[Refusal], list[str]]:
    if not named:
        return [], []
    try:
        client = Neon.connect(access)
        with closing(client.api):
            url = client.connection_uri(named["project"], database=named["database"], role=named["role"])
        with database.reached_by(stack.environment):
            return list(database.refusals(url)), []
    except (VendorError, DatabaseError) as error:
        return [], [f"The database could not be examined: {error}"]
