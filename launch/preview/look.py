"""Examine what a preview would do to the database. Import this only for such a change: it loads the driver."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from contract.resource_types import MIGRATIONS, ROW_SECURITY
from database.migrations import Migration, lint, table_locks
from database.postgres import DatabaseError
from database.row_security import Declaration, Security, security_changes
from database.runner import TableSize, plan, table_sizes
from launch.preview.changes import Change, Changes, Kind
from launch.preview.database import Database, Facts, Lock, Pending, SecurityFact
from launch.stack import PulumiError, Stack


def look(changes: Changes, stack: Stack) -> Database:
    """Return what the changes of the two database resources do. Queries sizes and security, and writes nothing."""
    found = {each.type: each for each in changes.changes if each.kind in (Kind.CREATE, Kind.UPDATE, Kind.REPLACE)}
    migrations, security = found.get(MIGRATIONS), found.get(ROW_SECURITY)
    unchecked: list[str] = []
    new = (security or migrations or Change(kind=Kind.CREATE, urn="", type="")).kind is Kind.CREATE
    url = "" if new else _url(stack, unchecked)
    pending, linted = _pending(migrations, stack.folder, url, unchecked) if migrations else ((), True)
    changed: tuple[SecurityFact, ...] = ()
    secured = None
    if security:
        declaration = Declaration(stack.folder / str(security.after["directory"]))
        if new:
            summary = declaration.facts.summary()
            secured = Facts(tables=summary["tables"], policies=summary["policies"])
        elif url:
            changed = tuple(_security(declaration, url, unchecked))
    return Database(
        pending=pending, security=changed, secured=secured, linted=linted, unchecked=tuple(dict.fromkeys(unchecked))
    )


def _url(stack: Stack, unchecked: list[str]) -> str:
    """Return the owner's URL; if the stack does not have it, note the reason and return ""."""
    try:
        url = stack.outputs(secrets=True).get("owner_database_url")
    except PulumiError as error:
        unchecked.append(str(error))
        return ""
    if not url:
        unchecked.append("the stack has no output owner_database_url")
        return ""
    for variable in ("PGHOSTADDR", "PGPORT"):  # address of the sandbox's databases
        if variable in stack.environment:
            os.environ[variable] = stack.environment[variable]
    return str(url)


def _pending(change: Change, folder: Path, url: str, unchecked: list[str]) -> tuple[tuple[Pending, ...], bool]:
    """Return the files that the update would run, and whether they were linted."""
    directory = folder / str(change.after["directory"])
    remembered = change.before.get("files")
    try:
        files = plan.offline(directory, remembered if isinstance(remembered, Mapping) else {}).pending
        found = lint.findings(files, directory) if files else []
    except DatabaseError as error:
        unchecked.append(str(error))
        return (), True
    locks = {each.name: table_locks.of_file(each) for each in files}
    sizes = _sizes(url, {lock.table for each in locks.values() for lock in each}, unchecked)
    return tuple(
        Pending(
            file=each.name,
            transaction=each.directives.transaction,
            statements=len(each.statements),
            locks=tuple(
                Lock(table=lock.table, mode=lock.level.label, effect=lock.level.effect, **_size(sizes.get(lock.table)))
                for lock in locks[each.name]
            ),
            findings=tuple(_findings(each, found or [])),
        )
        for each in files
    ), found is not None


def _findings(file: Migration, found: list[lint.Finding]) -> Iterator[str]:
    return (f"line {each.line}: {each.rule}: {each.message}" for each in found if each.file == file.name)


def _sizes(url: str, tables: set[str], unchecked: list[str]) -> dict[str, TableSize]:
    if not url or not tables:
        return {}
    try:
        return table_sizes(url, tables)
    except DatabaseError as error:
        unchecked.append(f"the sizes of the locked tables: {error}")
        return {}


def _size(size: TableSize | None) -> dict[str, int | None]:
    return {} if size is None else {"rows": size.rows, "bytes": size.bytes}


def _security(declaration: Declaration, url: str, unchecked: list[str]) -> Iterator[SecurityFact]:
    try:
        actual = Security(url=url, declaration=declaration, checks=()).read(patience=5.0)
        for each in security_changes(declaration.facts, actual):
            yield SecurityFact(
                kind=each.kind,
                object=each.object,
                text=each.text,
                before=each.before,
                after=each.after,
                needs=each.needs.value,
            )
    except DatabaseError as error:
        unchecked.append(f"the present row security: {error}")
