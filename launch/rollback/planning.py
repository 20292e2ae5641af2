"""Plan the whole way back of a stack, without performing it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from contract.paths import SQL
from contract.problem import Problem
from database.postgres import DatabaseError
from launch.history import restore_point
from launch.rollback import database, sites, workers
from launch.rollback.model import How, Loss, Plan, Step
from launch.rollback.reached import reached
from launch.rollback.target import target
from launch.stack import Stack, Update
from vendors import Access, Cloudflare, VendorError, Vercel


def plan(stack: Stack, number: int | None) -> Plan:
    """Plan the return to deployment `number`, by default the one before the newest. Changes nothing.

    Workers come before sites, because they depend on nothing; the program comes last, because only a person can revert
    a commit. Raises Problem.
    """
    to, undone = target(stack.history(), number)
    at = undone[-1].began
    resources = stack.resources()
    access = Access.of(stack.provider_settings(), stack.environment)

    def of_workers() -> tuple[Step, ...]:
        client = Cloudflare.connect(access)
        with closing(client.api):
            return tuple(workers.steps(resources, client, at))

    def of_sites() -> tuple[Step, ...]:
        client = Vercel.connect(access)
        with closing(client.api):
            return tuple(sites.steps(resources, client, at))

    with ThreadPoolExecutor() as pool:
        cloudflare, vercel = pool.submit(of_workers), pool.submit(of_sites)
        try:
            served = (*cloudflare.result(), *vercel.result())
        except VendorError as error:
            raise Problem(error.what, where=error.vendor, remedy=error.remedy) from None
    schema, losses = _database(stack, undone[-1])
    return Plan(to=to, undone=undone, at=at, steps=(*served, *schema, *_program(to, undone)), losses=losses)


def _database(stack: Stack, first: Update) -> tuple[tuple[Step, ...], tuple[Loss, ...]]:
    outputs = stack.outputs(secrets=True)
    url = outputs.get("owner_database_url")
    if not url:
        raise Problem("it has no output owner_database_url", where=f"stack {stack.name}", remedy="Run `pulumi up`.")
    owner = reached(str(url), stack)
    place = f"{outputs['database']['project_id']}/{outputs['database']['branch_id']}"
    try:
        found = tuple(database.steps(owner, first.began, restore_point(first), SQL / "migrations", place))
        changed = any(step.how is not How.SAME for step in found)
        return found, database.losses(owner, first.began) if changed else ()
    except DatabaseError as error:
        detail = f"it could not be looked at: {error.what}"
        return (Step(subject="schema", how=How.PERSON, detail=detail, remedy=error.remedy),), ()


def _program(to: Update, undone: tuple[Update, ...]) -> Iterator[Step]:
    """Yield what only a person can revert, so that the next update does not apply it again."""
    newest = undone[0]
    for key in newest.changed_settings(to):
        before = to.settings.get(key)
        secret = before is not None and before.secret
        command = (
            f"pulumi config rm {key}"
            if before is None
            else f"pulumi config set {'--secret ' if secret else ''}{key} {'…' if secret else before.value}".rstrip()
        )
        yield Step(subject=key, how=How.PERSON, detail="is another setting than it was then", remedy=f"{command}.")
    if newest.commit != to.commit:
        yield Step(
            subject="program",
            how=How.PERSON,
            detail=f"is at {newest.commit[:10] or 'no commit'}, and was at {to.commit[:10] or 'none'}",
            remedy="Take the commits between back with `git revert`, then `pulumi up`: until then the next update"
            " brings them again.",
        )
    elif newest.dirty or to.dirty:
        remedy = "Take the change back in the checkout, then `pulumi up`: until then the next update brings it again."
        yield Step(subject="program", how=How.PERSON, detail="was deployed with changes of no commit", remedy=remedy)
