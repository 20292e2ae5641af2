"""`launch db`: the history of the schema, for people. Applying it is `pulumi up`'s."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from database import lint, migrations, plan, preview, snapshot
from database.connection import require_direct, safe_url
from database.errors import DatabaseError, RefusedError, UnreachableError, UrlError
from database.migrations import FileError
from sandbox.home import PROJECT

DIRECTORY = PROJECT / "sql" / "migrations"
SECURITY = PROJECT / "sql" / "security"
LINT_CONFIG = PROJECT / ".squawk.toml"
AS_DECLARED, UNCHECKED, DIFFERENT = 0, 1, 2
_TOPIC = re.compile(r"^[a-z0-9_]+$")
_REMEDY = "Run `pulumi up` (or `make up`) first, or set LAUNCH_DATABASE_URL."
_TEMPLATE = """-- Why this change is made.

"""


def _verb(command: Callable[..., int]) -> Callable[..., None]:
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


def _code(error: DatabaseError) -> int:
    return UNCHECKED if isinstance(error, (UnreachableError, RefusedError, UrlError)) else DIFFERENT


def _document(error: DatabaseError) -> dict[str, str]:
    return {"error": error.what, "where": error.where, "remedy": error.remedy}


def _with_url(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--url",
        envvar="LAUNCH_DATABASE_URL",
        help="The owner's URL on the direct host; by default the stack's output owner_database_url.",
    )(command)


def _owner_url(given: str | None) -> str:
    """The URL to use. Raises UnreachableError where the stack does not tell."""
    if given:
        return given
    from launch.stack import Stack

    stack = Stack.named()
    url = stack.outputs(secrets=True).get("owner_database_url")
    if not url:
        raise UnreachableError(f"stack {stack.name} has no output owner_database_url", remedy=_REMEDY)
    for name in ("PGHOSTADDR", "PGPORT"):  # where the sandbox's databases answer
        if name in stack.environment:
            os.environ[name] = stack.environment[name]
    return str(url)


@click.group()
def db() -> None:
    """Migrations: what is applied, what is pending, and whether the files are in order."""


@db.command()
@_with_url
@_verb
def status(*, url: str | None, as_json: bool) -> int:
    """Compare the database's ledger with the files; exit code 2 if they differ."""
    address = _owner_url(url)
    require_direct(address)
    known = plan.look(address)
    rows = known.rows if known else ()
    if not as_json:
        for row in rows:
            click.echo(f"{row.name:<44} {row.status:<8} {row.finished_at[:19]:<20} {row.applied_by}")
    # A ledger that does not fit is listed all the same: it is what the operator came to see.
    pending, error = _pending(address)
    if as_json:
        applied = [{"name": r.name, "kind": r.kind, "status": r.status, "at": r.finished_at} for r in rows]
        found = {"database": safe_url(address), "applied": applied, "pending": pending}
        click.echo(json.dumps(found | (_document(error) if error else {})))
    else:
        for each in pending:
            click.echo(f"{each:<44} pending")
    if error:
        click.echo(f"Error: {error}", err=True)
    return DIFFERENT if pending or error else AS_DECLARED


def _pending(url: str) -> tuple[list[str], DatabaseError | None]:
    """The names of pending files, or why there is no telling. Raises DatabaseError where it could not be found out."""
    try:
        return [each.name for each in plan.online(url, DIRECTORY).pending], None
    except DatabaseError as error:
        if _code(error) == UNCHECKED:
            raise
        return [], error


@db.command(name="plan")
@_with_url
@_verb
def show_plan(*, url: str | None, as_json: bool) -> int:
    """Show what `pulumi up` would apply, with the locks it takes and squawk's findings; writes nothing."""
    planned = plan.online(_owner_url(url), DIRECTORY)
    if as_json:
        click.echo(json.dumps(preview.document(planned, DIRECTORY, config=LINT_CONFIG)))
    else:
        for line in preview.lines(planned, DIRECTORY, config=LINT_CONFIG):
            click.echo(line)
        if not planned.pending:
            click.echo("Nothing is pending.")
    return AS_DECLARED


@db.command()
@click.argument("topic")
@_verb
def new(*, topic: str, as_json: bool) -> int:
    """Make the next file of sql/migrations, about TOPIC."""
    if not _TOPIC.match(topic):
        raise FileError("the topic does not fit", where=topic, remedy="Use lower-case letters, digits and underscores.")
    newest = max((int(each.version) for each in migrations.load(DIRECTORY) if not each.repeatable), default=0)
    path = DIRECTORY / f"{newest + 1:04d}_{topic}.sql"
    path.write_text(_TEMPLATE, "utf-8")
    click.echo(json.dumps({"path": str(path)}) if as_json else str(path.relative_to(PROJECT)))
    return AS_DECLARED


@db.command()
@_verb
def check(*, as_json: bool) -> int:
    """Check all files: readable, lint-free, and what is generated from them is fresh; needs no database."""
    files = migrations.load(DIRECTORY)
    for each in files:
        each.validate()
    found = lint.findings(files, DIRECTORY, config=LINT_CONFIG)
    if found is None:
        raise UnreachableError("squawk is not installed", remedy="Install the development requirements (`make` does).")
    with _scratch_server() as server:
        stale = snapshot.stale(snapshot.generate(server, DIRECTORY, SECURITY, _pg_dump()))
    complaints = [str(finding) for finding in found]
    complaints += [f"{path.relative_to(PROJECT)} is not fresh: run `launch db snapshot`" for path in stale]
    if as_json:
        click.echo(json.dumps({"files": len(files), "findings": complaints}))
    else:
        click.echo("\n".join(complaints) or f"{len(files)} files are in order.")
    return DIFFERENT if complaints else AS_DECLARED


@db.command(name="snapshot")
@_verb
def write_snapshot(*, as_json: bool) -> int:
    """Write sql/schema.sql, sql/baseline.json and sql/security/declared.json anew, from a scratch PostgreSQL."""
    with _scratch_server() as server:
        generated = snapshot.generate(server, DIRECTORY, SECURITY, _pg_dump())
    changed = snapshot.stale(generated)
    for path in changed:
        path.write_text(generated[path], "utf-8")
    names = [str(path.relative_to(PROJECT)) for path in changed]
    click.echo(json.dumps({"written": names}) if as_json else "\n".join(names) or "All are fresh.")
    return AS_DECLARED


@contextmanager
def _scratch_server() -> Iterator[str]:
    """A superuser's URL on a server that lives as long as the block."""
    from sandbox.scratch import VOLATILE, scratch_server

    with scratch_server(VOLATILE) as server:
        yield server.uri()


def _pg_dump() -> Path:
    from sandbox.postgres import installation

    return installation() / "bin" / "pg_dump"
