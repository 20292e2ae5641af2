"""Plans an adoption: one preview in which the program imports whatever can be adopted, and looks of our own beside it.

planned = plan(stack)                      # changes nothing, anywhere
planned.refusals                           # why nothing may happen yet
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract import resource_types as kinds
from contract.problem import Problem
from database.postgres import DatabaseError
from launch.adopt import database, rows
from launch.adopt.model import InTheWay, Plan, Refusal
from launch.adopt.steps import Steps
from launch.stack import PulumiError, Stack
from vendors import Access, Neon, VendorError
from vendors.adoptable import Match, Other

VARIABLE = "LAUNCH_ADOPTION"
"""Names the folder in which program and verb tell each other what is adopted (`components/guardrails/adoption.py`)."""
FOUND, DECIDED = "found.json", "decided.json"
MASTER_KEY = "USER_SECRETS_MASTER_KEY"
_KEY_SETTING = "prductr:userSecretsMasterKey"


class AdoptionError(Problem):
    """An adoption cannot be planned or performed; the message says why, and what to do."""


def adopting(stack: Stack, folder: Path) -> Stack:
    """The same stack, whose program adopts what `folder` says."""
    return replace(stack, environment={**stack.environment, VARIABLE: str(folder)})


def access_of(stack: Stack, configuration: Mapping[str, str]) -> Access:
    """The vendors that the stack's configuration names. Raises AdoptionError."""
    try:
        return Access.of(configuration, stack.environment)
    except ValueError as error:
        raise AdoptionError(str(error), where=f"stack {stack.name}", remedy="Use https.") from None


def plan(stack: Stack, *, allowed: Collection[str] = ()) -> Plan:
    """What adopting would do. `allowed` are ids of what a person lets go, as the plan shows them. Raises Problem."""
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
    refusals = [
        *_of_matches(matches),
        *_of_in_the_way(planned),
        *_of_other_stacks(matches, held),
        *_of_master_key(matches, settings),
        *rows.losses(watch.found),
    ]
    in_database, unchecked = _of_database(stack, access_of(stack, settings), planned.database)
    refusals += in_database
    refusals += _of_errors(watch, failure, refusals)
    return replace(planned, refusals=tuple(dict.fromkeys(refusals)), unchecked=tuple(unchecked))


def _preview(stack: Stack, watch: Steps) -> PulumiError | None:
    try:
        stack.preview(watch)
    except PulumiError as error:
        said = "\n".join(dict.fromkeys(text for _, text in watch.errors))
        return PulumiError(said or error.what, where=error.where, remedy=error.remedy)
    return None


def _held_elsewhere(stack: Stack) -> dict[tuple[str, str], str]:
    """Type and id of whatever other stacks of the project hold, and the stack that does."""
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


def _database(watch: Steps) -> dict[str, str]:
    for step in watch.found.values():
        branch = step.inputs.get("branch") or {}
        if step.type == kinds.NEON_PROJECT and step.id and branch:
            return {"project": step.id, "database": str(branch["databaseName"]), "role": str(branch["roleName"])}
    return {}


def _of_matches(matches: Collection[Match]) -> Iterator[Refusal]:
    for each in matches:
        if each.ambiguous:
            what = "there are several that could be meant: " + "; ".join(
                f"{one.what}, id {one.identifier}" for one in each.candidates
            )
            remedy = "Look which one is in use, and remove or rename the others at the vendor."
            yield Refusal(subject=each.name, name="one candidate", what=what, remedy=remedy)
        for refusal in each.refusals:
            what, _, remedy = refusal.partition(": ")
            yield Refusal(subject=each.name, name="can be adopted", what=what, remedy=remedy)


def _of_in_the_way(planned: Plan) -> Iterator[Refusal]:
    for each in planned.in_the_way:
        if each.blocks:
            allow = f"`--allow {each.obstacle.identifier}` goes on all the same." if each.obstacle.consent else ""
            yield Refusal(
                subject=each.resource,
                name="has room",
                what=f"{each.obstacle.what} {each.obstacle.why}",
                remedy=" ".join(part for part in (each.obstacle.remedy, allow) if part),
            )


def _of_other_stacks(matches: Collection[Match], held: Mapping[tuple[str, str], str]) -> Iterator[Refusal]:
    for each in matches:
        for candidate in each.candidates:
            ids = (candidate.identifier, candidate.import_id, candidate.import_id.rpartition("/")[2])
            owner = next((held[each.kind, one] for one in ids if (each.kind, one) in held), None)
            if owner:
                what = f"{candidate.what} belongs to stack {owner}"
                remedy = f"Let one stack have it: work with stack {owner}, or remove it from that state first."
                yield Refusal(subject=each.name, name="belongs to nobody", what=what, remedy=remedy)


def _of_master_key(matches: Collection[Match], settings: Mapping[str, str]) -> Iterator[Refusal]:
    """A key that the stack generates in the place of the one in use makes what users stored unreadable for ever."""
    there = any(MASTER_KEY in one.what for each in matches for one in each.candidates) or any(
        MASTER_KEY in one.what for each in matches for one in each.obstacles
    )
    if there and not settings.get(_KEY_SETTING):
        remedy = "Take it from where it was kept when it was made: pulumi config set --secret userSecretsMasterKey"
        what = "today's key is not in the settings, and what users stored could not be read with another"
        yield Refusal(subject=MASTER_KEY, name="is at hand", what=what, remedy=remedy)


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
        return [], [f"The database could not be looked at: {error}"]


def _of_errors(watch: Steps, failure: PulumiError | None, others: Collection[Refusal]) -> Iterator[Refusal]:
    """What the preview itself refuses, unless a look of our own says it better."""
    if failure is None:
        return
    explained = {each.subject for each in others}
    looked_into = any(each.name in ("baseline", "migrations", "before the migrations") for each in others)
    said = [(name, text) for name, text in watch.errors if not text.startswith(("preview failed", "Exception calling"))]
    for name, text in said or [("", failure.what)]:
        if name in explained or (looked_into and name == "schema-migrations"):
            continue
        remedy = "Put right what it names, then plan again."
        yield Refusal(subject=name or "the program", name="preview", what=text, remedy=remedy)
