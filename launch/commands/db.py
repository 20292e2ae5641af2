"""`launch db`: the migrations, for people. `pulumi up` applies them."""

from __future__ import annotations

import re

import click

from contract.paths import PROJECT
from database import snapshot
from database.migrations import FileError, lint
from database.migrations import files as migrations
from database.postgres import DatabaseError, UnreachableError, require_direct
from database.runner import plan, plan_report
from launch.report import Answer, ExitCode, Finding, Report, Section, Table, Verdict, plain_verb, problems, verb
from launch.selection import Target, target_options

DIRECTORY = PROJECT / "sql" / "migrations"
SECURITY = PROJECT / "sql" / "security"
LINT_CONFIG = PROJECT / ".squawk.toml"
_TOPIC = re.compile(r"[a-z0-9_]+")
_LAST = 9999
_TEMPLATE = """-- Why this change is made.

"""
_APPLY = "`pulumi up` applies it."


@click.group()
def db() -> None:
    """Migrations: what is applied, what is pending, and whether the files are in order."""


@verb("status", group=db, help="Compare the database's ledger with the files; exit code 2 if they differ.")
@target_options
def status(*, url: str | None, stack: str | None) -> Report:
    """Return the ledger's rows, and how they differ from the files."""
    target = Target.of(url, stack)
    require_direct(target.url)
    known = plan.look(target.url)
    rows = known.rows if known else ()
    applied = Table(
        columns=("migration", "status", "at", "by"),
        rows=tuple((row.name, row.status, row.finished_at[:19], row.applied_by) for row in rows),
    )
    # A ledger that does not match is listed anyway: the operator came to see it.
    pending, error = _pending(target.url)
    findings = [
        Finding(subject=each, name="applied", verdict=Verdict.FAILED, detail="pending", remedy=_APPLY)
        for each in pending
    ]
    if error:
        findings.append(
            Finding(
                subject=error.where or "ledger",
                name="fits the files",
                verdict=Verdict.FAILED,
                detail=error.what,
                remedy=error.remedy,
            )
        )
    names = [{"name": r.name, "kind": r.kind, "status": r.status, "at": r.finished_at} for r in rows]
    return Report(
        title="Migrations",
        kind="db status",
        stack=target.stack,
        facts={"database": target.database},
        sections=(Section(title="Ledger", tables=(applied,)), Section(title="Files", findings=tuple(findings))),
        summaries={
            Verdict.PASSED: "The ledger and the files agree.",
            Verdict.FAILED: "The ledger and the files differ.",
        },
        examined=1,
        data={"database": target.database, "applied": names, "pending": pending}
        | (problems.document(error) if error else {}),
    )


def _pending(url: str) -> tuple[list[str], DatabaseError | None]:
    """Return the names of pending files, or why they are unknown. Raises DatabaseError if it could not be checked."""
    try:
        return [each.name for each in plan.online(url, DIRECTORY).pending], None
    except DatabaseError as error:
        if problems.exit_code(error) is ExitCode.UNCHECKED:
            raise
        return [], error


@verb(
    "plan",
    group=db,
    help="Show what `pulumi up` would apply, with the locks it takes and squawk's findings; writes nothing.",
)
@target_options
def show_plan(*, url: str | None, stack: str | None) -> Report:
    """Return the pending files, which do not count as a difference."""
    target = Target.of(url, stack)
    planned = plan.online(target.url, DIRECTORY)
    lines = tuple(plan_report.lines(planned, DIRECTORY, config=LINT_CONFIG))
    count = len(planned.pending)
    return Report(
        title="Plan of migrations",
        kind="db plan",
        stack=target.stack,
        facts={"database": target.database},
        sections=(Section(lines=lines),),
        summaries={Verdict.PASSED: f"{count} pending." if count else "Nothing is pending."},
        examined=1,
        data={"database": target.database, **plan_report.document(planned, DIRECTORY, config=LINT_CONFIG)},
    )


@plain_verb("new", group=db, help="Create the next file of sql/migrations, about TOPIC.")
@click.argument("topic")
def new(*, topic: str) -> Answer:
    """Return the file's path."""
    if not _TOPIC.fullmatch(topic):
        raise click.BadParameter(f"{topic!r} does not fit: use lower-case letters, digits and underscores.")
    newest = max((int(each.version) for each in migrations.load(DIRECTORY) if not each.repeatable), default=0)
    if newest == _LAST:
        raise FileError("all numbers of four digits are used up", where=str(DIRECTORY))
    path = DIRECTORY / f"{newest + 1:04d}_{topic}.sql"
    path.write_text(_TEMPLATE, "utf-8")
    return Answer(document={"path": str(path)}, text=str(path.relative_to(PROJECT)))


@verb(
    "check",
    group=db,
    help="Check all files: readable, lint-free, and what is generated from them is fresh; needs no database.",
)
def check() -> Report:
    """Return what is wrong with the files."""
    files = migrations.load(DIRECTORY)
    for each in files:
        each.validate()
    found = lint.findings(files, DIRECTORY, config=LINT_CONFIG)
    if found is None:
        raise UnreachableError("squawk is not installed", remedy="Install the development requirements (`make` does).")
    from launch.local import pg_dump, scratch

    with scratch() as server:
        stale = snapshot.stale(snapshot.generate(server, DIRECTORY, SECURITY, pg_dump()))
    findings = [
        *(Finding(subject=each.file, name=each.rule, verdict=Verdict.FAILED, detail=str(each)) for each in found),
        *(_not_fresh(str(path.relative_to(PROJECT))) for path in stale),
    ]
    return Report(
        title="Files of migrations",
        kind="db check",
        sections=(Section(findings=tuple(findings)),),
        summaries={
            Verdict.PASSED: f"{len(files)} files are in order.",
            Verdict.FAILED: f"{len(findings)} complaints about {len(files)} files.",
        },
        examined=len(files),
        data={
            "files": len(files),
            "findings": [
                *map(str, found),
                *(f"{path.relative_to(PROJECT)} is not fresh: run `launch db snapshot`" for path in stale),
            ],
        },
    )


def _not_fresh(file: str) -> Finding:
    return Finding(
        subject=file,
        name="fresh",
        verdict=Verdict.FAILED,
        detail="it does not match the files",
        remedy="Run `launch db snapshot`.",
    )


@plain_verb(
    "snapshot",
    group=db,
    help="Write sql/schema.sql, sql/baseline.json and sql/security/declared.json anew, from a scratch PostgreSQL.",
)
def write_snapshot() -> Answer:
    """Return the files that were stale."""
    from launch.local import pg_dump, scratch

    with scratch() as server:
        generated = snapshot.generate(server, DIRECTORY, SECURITY, pg_dump())
    changed = snapshot.stale(generated)
    for path in changed:
        path.write_text(generated[path], "utf-8")
    names = [str(path.relative_to(PROJECT)) for path in changed]
    return Answer(document={"written": names}, text="\n".join(names) or "All are fresh.")
