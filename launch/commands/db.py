"""`launch db`: the history of the schema, for people. Applying it is `pulumi up`'s."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from contract.paths import PROJECT
from database import snapshot
from database.migrations import FileError, lint
from database.migrations import files as migrations
from database.postgres import DatabaseError, RefusedError, UnreachableError, UrlError, require_direct
from database.runner import plan, plan_report
from launch.report import ExitCode
from launch.selection import Target, target_options

DIRECTORY = PROJECT / "sql" / "migrations"
SECURITY = PROJECT / "sql" / "security"
LINT_CONFIG = PROJECT / ".squawk.toml"
_TOPIC = re.compile(r"[a-z0-9_]+")
_LAST = 9999
_TEMPLATE = """-- Why this change is made.

"""


def _verb(command: Callable[..., ExitCode]) -> Callable[..., None]:
    """A command that returns its exit code, and whose errors are one clear line (or document) each."""

    @wraps(command)
    def run(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401 -- click's options
        try:
            code = command(as_json=as_json, **options)
        except DatabaseError as error:
            if as_json:
                click.echo(json.dumps(_document(error)))
            click.echo(f"Error: {error}", err=True)
            code = _code(error)
        raise SystemExit(code)

    return click.option("--json", "as_json", is_flag=True, help="Print a document for machines.")(run)


def _code(error: DatabaseError) -> ExitCode:
    return ExitCode.UNCHECKED if isinstance(error, (UnreachableError, RefusedError, UrlError)) else ExitCode.DIFFERENT


def _document(error: DatabaseError) -> dict[str, str]:
    return {"error": error.what, "where": error.where, "remedy": error.remedy}


@click.group()
def db() -> None:
    """Migrations: what is applied, what is pending, and whether the files are in order."""


@db.command()
@target_options
@_verb
def status(*, url: str | None, stack: str | None, as_json: bool) -> ExitCode:
    """Compare the database's ledger with the files; exit code 2 if they differ."""
    target = Target.of(url, stack)
    require_direct(target.url)
    known = plan.look(target.url)
    rows = known.rows if known else ()
    if not as_json:
        click.echo(target.line)
        for row in rows:
            click.echo(f"{row.name:<44} {row.status:<8} {row.finished_at[:19]:<20} {row.applied_by}")
    # A ledger that does not fit is listed all the same: it is what the operator came to see.
    pending, error = _pending(target.url)
    if as_json:
        applied = [{"name": r.name, "kind": r.kind, "status": r.status, "at": r.finished_at} for r in rows]
        found = {**target.document, "applied": applied, "pending": pending}
        click.echo(json.dumps(found | (_document(error) if error else {})))
    else:
        for each in pending:
            click.echo(f"{each:<44} pending")
    if error:
        click.echo(f"Error: {error}", err=True)
    return ExitCode.DIFFERENT if pending or error else ExitCode.AS_DECLARED


def _pending(url: str) -> tuple[list[str], DatabaseError | None]:
    """The names of pending files, or why there is no telling. Raises DatabaseError where it could not be found out."""
    try:
        return [each.name for each in plan.online(url, DIRECTORY).pending], None
    except DatabaseError as error:
        if _code(error) == ExitCode.UNCHECKED:
            raise
        return [], error


@db.command(name="plan")
@target_options
@_verb
def show_plan(*, url: str | None, stack: str | None, as_json: bool) -> ExitCode:
    """Show what `pulumi up` would apply, with the locks it takes and squawk's findings; writes nothing."""
    target = Target.of(url, stack)
    planned = plan.online(target.url, DIRECTORY)
    if as_json:
        click.echo(json.dumps(target.document | dict(plan_report.document(planned, DIRECTORY, config=LINT_CONFIG))))
    else:
        click.echo(target.line)
        for line in plan_report.lines(planned, DIRECTORY, config=LINT_CONFIG):
            click.echo(line)
        if not planned.pending:
            click.echo("Nothing is pending.")
    return ExitCode.AS_DECLARED


@db.command()
@click.argument("topic")
@_verb
def new(*, topic: str, as_json: bool) -> ExitCode:
    """Make the next file of sql/migrations, about TOPIC."""
    if not _TOPIC.fullmatch(topic):
        raise click.BadParameter(f"{topic!r} does not fit: use lower-case letters, digits and underscores.")
    newest = max((int(each.version) for each in migrations.load(DIRECTORY) if not each.repeatable), default=0)
    if newest == _LAST:
        raise FileError("all numbers of four digits are used up", where=str(DIRECTORY))
    path = DIRECTORY / f"{newest + 1:04d}_{topic}.sql"
    path.write_text(_TEMPLATE, "utf-8")
    click.echo(json.dumps({"path": str(path)}) if as_json else str(path.relative_to(PROJECT)))
    return ExitCode.AS_DECLARED


@db.command()
@_verb
def check(*, as_json: bool) -> ExitCode:
    """Check all files: readable, lint-free, and what is generated from them is fresh; needs no database."""
    files = migrations.load(DIRECTORY)
    for each in files:
        each.validate()
    found = lint.findings(files, DIRECTORY, config=LINT_CONFIG)
    if found is None:
        raise UnreachableError("squawk is not installed", remedy="Install the development requirements (`make` does).")
    from launch.local import pg_dump, scratch

    with scratch() as server:
        stale = snapshot.stale(snapshot.generate(server, DIRECTORY, SECURITY, pg_dump()))
    complaints = [str(finding) for finding in found]
    complaints += [f"{path.relative_to(PROJECT)} is not fresh: run `launch db snapshot`" for path in stale]
    if as_json:
        click.echo(json.dumps({"files": len(files), "findings": complaints}))
    else:
        click.echo("\n".join(complaints) or f"{len(files)} files are in order.")
    return ExitCode.DIFFERENT if complaints else ExitCode.AS_DECLARED


@db.command(name="snapshot")
@_verb
def write_snapshot(*, as_json: bool) -> ExitCode:
    """Write sql/schema.sql, sql/baseline.json and sql/security/declared.json anew, from a scratch PostgreSQL."""
    from launch.local import pg_dump, scratch

    with scratch() as server:
        generated = snapshot.generate(server, DIRECTORY, SECURITY, pg_dump())
    changed = snapshot.stale(generated)
    for path in changed:
        path.write_text(generated[path], "utf-8")
    names = [str(path.relative_to(PROJECT)) for path in changed]
    click.echo(json.dumps({"written": names}) if as_json else "\n".join(names) or "All are fresh.")
    return ExitCode.AS_DECLARED
