"""`launch review`: a stack for each pull request, on a branch of production without production's rows."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from contract.problem import Problem
from contract.review import Rows, stack_of
from launch.publish import publish_part, refuse_fork
from launch.report import Finding, Report, Section, Table, Verdict, attachment, verb
from launch.review import Production, Request, Reviews, Shown, shown
from launch.selection import named
from launch.verify.checks import database_findings
from toolchain.report import say
from vendors import GitHub, VendorError

_BRANCH = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|//|\.lock\Z|\.\Z))(?!/)[^\s\x00-\x1f\x7f~^:?*\[\\]{1,255}(?<!/)")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@click.group("review")
def review() -> None:
    """Make, update, list and remove the review stacks of pull requests."""


_NUMBER = click.IntRange(min=1, max=999_999_999)
_number = click.argument("number", type=_NUMBER)
_stack = click.option("--stack", "name", help="The production to review; by default PULUMI_STACK or the sandbox's.")
_wait = click.option(
    "--wait",
    default=300.0,
    show_default=True,
    type=click.FloatRange(min=0, max=3600),
    help="Seconds to wait for a run that is at work on the same review.",
)


def _bringing(command: Callable[..., Report]) -> Callable[..., Report]:
    options = (
        _number,
        click.option("--branch", "git_branch", required=True, help="The pull request's git branch."),
        click.option("--commit", default="", help="Its commit; a new commit creates a new deployment."),
        click.option(
            "--rows",
            type=click.Choice([each.value for each in Rows]),
            help="What becomes of production's rows; by default they are purged, or as the review has them.",
        ),
        _stack,
        _wait,
    )
    for option in reversed(options):
        command = option(command)
    return command


@verb("create", group=review, help="Make the review of pull request NUMBER, or bring it up to date.")
@_bringing
def create(*, number: int, git_branch: str, commit: str, rows: str | None, name: str | None, wait: float) -> Report:
    """Return the review and the findings about its database."""
    return _brought(name, wait, _request(number, git_branch, commit, rows, fresh=False))


@verb("update", group=review, help="Bring the review of pull request NUMBER up to date, or make it.")
@_bringing
@click.option("--fresh", is_flag=True, help="Copy production anew: what was entered in the review is lost.")
def update(
    *, number: int, git_branch: str, commit: str, rows: str | None, fresh: bool, name: str | None, wait: float
) -> Report:
    """Return the same."""
    return _brought(name, wait, _request(number, git_branch, commit, rows, fresh=fresh))


@verb("destroy", group=review, help="Remove the review of pull request NUMBER, finished or not.")
@_number
@_stack
@_wait
@click.option("--cancel", is_flag=True, help="Break the stack's lock first: the run that has it was cancelled.")
def destroy(*, number: int, name: str | None, wait: float, cancel: bool) -> Report:
    """Return what was removed."""
    production = _production(name)
    left = Reviews(production, wait, breaks_locks=cancel).destroy(number)
    finding = _removed(number, left)
    return Report(
        title="Review removed",
        kind="review destroy",
        stack=production.stack.name,
        sections=(Section(findings=(finding,)),),
        summaries={Verdict.PASSED: f"Nothing is left of {stack_of(number)}."},
        data={"removed": [stack_of(number)], "strays": left},
    )


@verb("list", group=review, help="List the reviews.")
@_stack
def list_(*, name: str | None) -> Report:
    """Return a row for each review."""
    production = _production(name)
    reviews = [shown(production, number) for number in Reviews(production).numbers()]
    bounds = production.bounds
    return Report(
        title="Reviews",
        kind="review list",
        stack=production.stack.name,
        facts={"reviews": f"{len(reviews)} of {bounds.most}", "each ends after": f"{bounds.hours} h"},
        sections=(Section(tables=(_table(reviews),)),),
        summaries={Verdict.PASSED: f"{len(reviews)} reviews."},
        examined=max(1, len(reviews)),
        data={"reviews": [each.row for each in reviews], "limit": bounds.most},
    )


@verb("show", group=review, help="Show where the review of pull request NUMBER can be tried out.")
@_number
@_stack
@click.option(
    "--from",
    "source",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Show the review that FILE keeps (--json), instead of looking.",
)
@click.option("--comment", is_flag=True, help="Also keep it in the preview's comment on the pull request.")
def show(*, number: int, name: str | None, source: Path | None, comment: bool) -> Report:
    """Its links; that there is none is no fault."""
    if source is not None and name:
        raise click.UsageError("--from shows what was found before: it does not go with --stack.")
    github = _github() if comment else None
    report = _kept(source, number) if source else _looked_up(number, name)
    if github:
        say(f"The comment: {publish_part(github, number, report, name='review', beside='preview')}")
    return report


def _kept(source: Path, number: int) -> Report:
    """Return the report in the file. Raises Problem if it is not one of this review."""
    found = attachment(source)
    kind, review = found.document.get("report"), found.document.get("review") or {}
    if kind != "review show" or review.get("pull_request") != number or not found.document["stack"]:
        remedy = f"Write it with `launch review show {number} --json`."
        raise Problem(f"this is not the report of review {number}", where=str(source), remedy=remedy)
    return Report(
        title="Review",
        kind=kind,
        stack=found.document["stack"],
        sections=(replace(found.section, title="", intro=""),),
        summaries={Verdict.PASSED: found.section.intro},
        examined=1,
        data={"review": review},
    )


def _looked_up(number: int, name: str | None) -> Report:
    production = _production(name)
    seen = shown(production, number)
    finished = bool(seen.row["finished"])
    finding = Finding(
        subject=stack_of(number),
        name="review",
        verdict=Verdict.PASSED if finished else Verdict.NOTED,
        detail=f"of branch {seen.row['git_branch']}, until {seen.row['expires_at']}" if finished else "there is none",
    )
    return Report(
        title="Review",
        kind="review show",
        stack=production.stack.name,
        sections=(Section(findings=(finding,), tables=(_links(seen),) if finished else ()),),
        summaries={
            Verdict.PASSED: f"{finding.subject} can be tried out until {seen.row['expires_at']}."
            if finished
            else f"{finding.subject} does not exist yet, or is unfinished."
        },
        examined=1,
        data={"review": seen.row},
    )


@verb("sweep", group=review, help="Remove the reviews that ended, or whose pull request is closed, and what they left.")
@_stack
@click.option("--open", "opened", multiple=True, type=_NUMBER, help="An open pull request; may be repeated.")
@click.option("--none-open", is_flag=True, help="No pull request is open.")
@click.option(
    "--github", is_flag=True, help="Query GitHub for the closed ones; reads GITHUB_TOKEN and GITHUB_REPOSITORY."
)
@click.option("--cancel", is_flag=True, help="Break the locks of the swept reviews.")
@click.option("--dry-run", is_flag=True, help="Only report what would be removed.")
def sweep(
    *, name: str | None, opened: tuple[int, ...], none_open: bool, github: bool, cancel: bool, dry_run: bool
) -> Report:
    """Return a finding for each. Without --open, --none-open and --github no pull request counts as closed."""
    if bool(opened) + none_open + github > 1:
        raise click.UsageError("--open, --none-open and --github exclude each other.")
    is_closed = _closed(opened, none_open=none_open, github=github)
    production = _production(name)
    reviews = Reviews(production, wait=0.0, breaks_locks=cancel)
    due = reviews.abandoned(is_closed)
    findings = [_swept(reviews, number, reason, dry_run=dry_run) for number, reason in sorted(due.items())]
    kept = [number for number in reviews.numbers() if number not in due]
    return Report(
        title="Reviews swept",
        kind="review sweep",
        stack=production.stack.name,
        facts={"swept": str(len(findings)), "kept": ", ".join(map(stack_of, kept)) or "none"},
        sections=(Section(findings=tuple(findings)),),
        summaries={Verdict.PASSED: "No review is left over."},
        examined=max(1, len(findings) + len(kept)),
        data={"swept": [stack_of(number) for number in due], "kept": [stack_of(number) for number in kept]},
    )


def _production(name: str | None) -> Production:
    """Return the production to review, whose connections end with the command."""
    made = Production(named(name))
    click.get_current_context().call_on_close(made.close)
    return made


def _github() -> GitHub:
    """Return the workflow's repository, whose connections end with the command."""
    made = GitHub.of(os.environ)
    click.get_current_context().call_on_close(made.api.close)
    return made


def _closed(opened: tuple[int, ...], *, none_open: bool, github: bool) -> Callable[[int], bool]:
    """Return a function that reports whether a pull request is closed, according to GitHub or to the options."""
    if github:
        return _github().is_closed
    return lambda number: (bool(opened) or none_open) and number not in opened


def _request(number: int, git_branch: str, commit: str, rows: str | None, *, fresh: bool) -> Request:
    if not _BRANCH.fullmatch(git_branch):
        raise click.BadParameter(f"{git_branch!r} is not a git branch.", param_hint="--branch")
    if commit and not _COMMIT.fullmatch(commit):
        raise click.BadParameter(f"{commit!r} is not a commit (7 to 64 hexadecimal digits).", param_hint="--commit")
    return Request(number=number, git_branch=git_branch, commit=commit, rows=rows or "", fresh=fresh)


def _brought(name: str | None, wait: float, request: Request) -> Report:
    refuse_fork(os.environ)
    production = _production(name)
    if request.git_branch == production.configuration.get("prductr:productionBranch", "main"):
        remedy = "Name the pull request's own branch."
        raise Problem(f"{request.git_branch} is what production is deployed from", where="--branch", remedy=remedy)
    stack = Reviews(production, wait).bring(request)
    outputs = stack.outputs(secrets=True)
    checked = database_findings(str(outputs["application_database_url"]), stack.environment, subject=stack.name)
    seen = Shown(request.number, outputs)
    return Report(
        title=f"Review {stack.name}",
        kind="review",
        stack=production.stack.name,
        facts={
            "site": str(outputs["site"]),
            "rows": f"production's, {outputs['rows']}",
            "ends": str(outputs["expires_at"]),
        },
        sections=(
            Section(title="Database", findings=(*checked, _security(production, outputs))),
            Section(title="Where to look", tables=(_links(seen),)),
        ),
        summaries={Verdict.PASSED: f"{stack.name} can be tried out."},
        data={"review": seen.row},
    )


def _security(production: Production, outputs: dict[str, Any]) -> Finding:
    mine = outputs["isolation"]["fingerprint"]
    same = mine == (production.outputs.get("isolation") or {}).get("fingerprint")
    detail = (
        "that of production" if same else "not that of production: this change alters policies, grants or functions"
    )
    return Finding(
        subject=f"{stack_of(outputs['pull_request'])}", name="row security", verdict=Verdict.NOTED, detail=detail
    )


def _links(seen: Shown) -> Table:
    rows = [("dashboard", str(seen.row["site"])), *sorted(seen.row["workers"].items())]
    return Table(columns=("what", "where"), rows=tuple(rows), wide=True)


def _table(reviews: list[Shown]) -> Table:
    columns = ("review", "branch", "rows", "ends", "site")
    rows = [
        (
            str(each.row["stack"]),
            str(each.row["git_branch"]),
            str(each.row["rows"]),
            str(each.row["expires_at"]) or "never finished",
            str(each.row["site"]),
        )
        for each in reviews
    ]
    return Table(columns=columns, rows=tuple(rows), wide=True)


def _removed(number: int, left: list[str]) -> Finding:
    detail = f"removed, with objects that were in no state: {', '.join(left)}" if left else "removed"
    return Finding(subject=stack_of(number), name="review", verdict=Verdict.PASSED, detail=detail)


def _swept(reviews: Reviews, number: int, reason: str, *, dry_run: bool) -> Finding:
    """Remove one review. If it cannot be removed now, the others still are."""
    stack = stack_of(number)
    if dry_run:
        return Finding(subject=stack, name="review", verdict=Verdict.NOTED, detail=f"would be removed: {reason}")
    try:
        reviews.destroy(number)
    except (Problem, VendorError) as error:
        remedy = f"Sweep again later; if a run was killed, `launch review destroy {number} --cancel` breaks its lock."
        return Finding(subject=stack, name="review", verdict=Verdict.UNCHECKED, detail=str(error), remedy=remedy)
    return Finding(subject=stack, name="review", verdict=Verdict.PASSED, detail=f"removed: {reason}")
