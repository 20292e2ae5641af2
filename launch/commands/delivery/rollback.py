"""`launch rollback`: the way back from a deployment, part by part."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click

from contract.problem import Problem
from launch.report import Finding, Report, Section, Table, Verdict, verb
from launch.rollback import RESTORE, How, Journal, Plan, Step, Vendors, follow, plan, rescue
from launch.selection import named
from launch.stack import SANDBOX, Stack, settle
from launch.verify.checks import inspected
from toolchain.report import say
from vendors import Access, VendorError

_TITLES = {
    How.ITSELF: "Goes back by itself",
    How.RESTORE: "Needs a restore point",
    How.NEVER: "Cannot go back",
    How.PERSON: "Is for a person",
    How.SAME: "Is as it was",
}
_AS_THE_UNDONE = ("declared Worker", "are on")
"""Checks against the outputs of the newest deployment, which a rollback leaves as they are."""
_TABLE = re.compile(r"(?:[a-z_][a-z0-9_$]{0,62}\.)?[a-z_][a-z0-9_$]{0,62}")
_number = click.argument("to", required=False, type=click.IntRange(min=1))
_stack = click.option("--stack", "name", help="The stack; by default PULUMI_STACK or the sandbox's.")


@click.group("rollback")
def rollback() -> None:
    """Plan and perform the return to an earlier deployment."""


@verb("plan", group=rollback, help="Show how to return to deployment TO of `launch history`; changes nothing.")
@_number
@_stack
def plan_(*, to: int | None, name: str | None) -> Report:
    """Return the plan part by part; without TO, back to the deployment before the newest."""
    stack = named(name)
    found = plan(stack, to)
    return Report(
        title="Rollback plan",
        kind="rollback plan",
        stack=stack.name,
        facts=_facts(found),
        sections=(*_sections(found), _losses(found, "Would be lost by restoring")),
        summaries={Verdict.PASSED: f"`launch rollback apply {found.to.number}` performs the automatic part."},
        examined=len(found.steps),
        data={"plan": found.document},
    )


@verb("apply", group=rollback, help="Return to deployment TO, as far as that is automatic, and verify.")
@_number
@_stack
@click.option(
    "--restore-database",
    "restoring",
    is_flag=True,
    help="Also restore the database; rows written since then leave production, and are kept in a branch.",
)
@click.option("--abandon", is_flag=True, help="Forget an unfinished rollback; changes nothing else.")
def apply(*, to: int | None, name: str | None, restoring: bool, abandon: bool) -> Report:
    """Return what was done, and what is left to a person."""
    stack = named(name)
    journal = Journal.found(stack)
    if abandon:
        return _abandoned(stack, journal)
    if journal:
        _refuse_another(journal, to, restoring=restoring)
    else:
        found = plan(stack, to)
        if restoring and not any(step.action == RESTORE for step in found.steps):
            remedy = "Run `launch rollback plan`: it gives the reason. For rows that were deleted there is `rescue`."
            raise Problem("there is nothing to restore the database for", where="--restore-database", remedy=remedy)
    if journal.restoring if journal else restoring:
        # The state follows the database: while an update holds it, nothing goes back.
        settle(stack, say, only_here=stack.name == SANDBOX)
    journal = journal or Journal.begin(stack, found, restoring=restoring)
    found = journal.plan(stack)
    try:
        done = Vendors(Access.of(stack.provider_settings(), stack.environment)).go(
            found.actions(restoring=journal.restoring)
        )
    except VendorError as error:
        remedy = f"{error.remedy} Then run `launch rollback apply` again: it continues where it stopped."
        raise Problem(error.what, where=error.vendor, remedy=remedy) from None
    if journal.restoring:
        follow(stack)
    checks = inspected(stack.outputs(secrets=True), stack.environment)
    journal.end()
    return Report(
        title="Rollback",
        kind="rollback apply",
        stack=stack.name,
        facts=_facts(found),
        sections=(
            Section(title="Done", findings=tuple(done)),
            Section(title="Left to do", findings=tuple(map(_finding, found.left(restoring=journal.restoring)))),
            *([_losses(found, "Left production with the restored database")] if journal.restoring else []),
            Section(title="Seen from outside", findings=_expected(checks)),
        ),
        summaries={Verdict.PASSED: f"The result of deployment {found.to.number} serves again."},
        examined=max(1, len(done)),
        data={"plan": found.document, "done": [each.subject for each in done]},
    )


@verb(
    "rescue",
    group=rollback,
    help="Count the rows of TABLE... that existed at a time and are gone; --apply brings them back.",
)
@click.argument("tables", nargs=-1, required=True)
@click.option("--at", required=True, help="The time, as 2026-11-30T12:00:00Z.")
@click.option("--apply", "really", is_flag=True, help="Bring them back; newer rows stay.")
@_stack
def rescue_(*, tables: tuple[str, ...], at: str, really: bool, name: str | None) -> Report:
    """Return a finding for each table. A parent table must be named before the tables that refer to it."""
    moment = _moment(at)
    if wrong := [table for table in tables if not _TABLE.fullmatch(table)]:
        raise click.BadParameter(f"{wrong[0]!r} is not a table.", param_hint="TABLE")
    stack = named(name)
    try:
        found = rescue(stack, tables, moment, apply=really)
    except VendorError as error:
        raise Problem(error.what, where=error.vendor, remedy=error.remedy) from None
    done = "brought back" if really else "missing"
    findings = [
        Finding(subject=table, name="rows", verdict=Verdict.PASSED, detail=f"{count} {done}")
        for table, count in found.items()
    ]
    again = "" if really or not any(found.values()) else " Run it again with --apply to bring them back."
    return Report(
        title="Rescue",
        kind="rollback rescue",
        stack=stack.name,
        facts={"as of": f"{moment:%Y-%m-%d %H:%M:%S} UTC"},
        sections=(Section(findings=tuple(findings)),),
        summaries={Verdict.PASSED: f"{sum(found.values())} rows {done}.{again}"},
        data={"rows": found, "applied": really},
    )


def _refuse_another(journal: Journal, to: int | None, *, restoring: bool) -> None:
    """Raise Problem if something else is wanted than the rollback under way."""
    begun = f"a rollback to {journal.to} is unfinished"
    remedy = "Finish it with `launch rollback apply`, or forget it with `launch rollback apply --abandon`; then repeat."
    if to not in (None, journal.to):
        raise Problem(begun, where=str(journal.file), remedy=remedy)
    if restoring and not journal.restoring:
        raise Problem(f"{begun}; it leaves the database as it is", where=str(journal.file), remedy=remedy)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-11-30T12:00:00Z.", param_hint="--at") from None
    if found.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no time zone: add Z for UTC.", param_hint="--at")
    if found >= datetime.now(UTC):
        raise click.BadParameter(f"{text!r} is not in the past.", param_hint="--at")
    return found.astimezone(UTC)


def _abandoned(stack: Stack, journal: Journal | None) -> Report:
    if journal:
        journal.end()
    detail = f"the rollback to {journal.to} is forgotten" if journal else "there was none"
    finding = Finding(subject="journal", name="rollback", verdict=Verdict.PASSED, detail=detail)
    return Report(title="Rollback", kind="rollback apply", stack=stack.name, sections=(Section(findings=(finding,)),))


def _expected(checks: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the checks. A failed check against the undone deployment's declaration is expected, and only noted."""
    return tuple(
        Finding(
            subject=each.subject, name=each.name, verdict=Verdict.NOTED, detail=f"{each.detail} (of what was undone)"
        )
        if each.name in _AS_THE_UNDONE and each.verdict is Verdict.FAILED
        else each
        for each in checks
    )


def _facts(found: Plan) -> dict[str, str]:
    return {
        "back to": f"deployment {found.to.number} of {found.to.began:%Y-%m-%d %H:%M:%S} UTC ({found.to.commit[:10]})",
        "undone": ", ".join(str(each.number) for each in found.undone),
        "as of": f"{found.at:%Y-%m-%d %H:%M:%S} UTC",
    }


def _sections(found: Plan) -> list[Section]:
    return [
        Section(
            title=title,
            findings=tuple(_finding(step) for step in found.steps if step.how is how),
            minor=how is How.SAME,
        )
        for how, title in _TITLES.items()
    ]


def _finding(step: Step) -> Finding:
    return Finding(
        subject=step.subject, name=step.how.value, verdict=Verdict.NOTED, detail=step.detail, remedy=step.remedy
    )


def _losses(found: Plan, title: str) -> Section:
    lost = [each for each in found.losses if each.rows != 0]
    rows = [
        (each.table, "unknown: no column records when a row was written" if each.rows is None else str(each.rows))
        for each in lost
    ]
    intro = (
        "Rows written since then, which a database of that time would not have."
        " Rows deleted since then come back, memberships among them; those are not counted."
    )
    if not found.losses:
        return Section()
    return Section(title=title, intro=intro, tables=(Table(columns=("table", "rows"), rows=tuple(rows)),))
