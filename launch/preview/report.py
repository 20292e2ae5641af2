"""A preview for people: irreversible changes first, then other changes, then new resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract.resource_types import MIGRATIONS, ROW_SECURITY
from launch.preview.changes import Change, Kind
from launch.preview.document import document
from launch.preview.meaning import lost, routine
from launch.preview.preview import Preview
from launch.report import Finding, Report, Section, Table, Verdict

_DONE = {
    Kind.REPLACE: "replaced",
    Kind.DELETE: "deleted",
    Kind.UPDATE: "changed",
    Kind.IMPORT: "taken in",
    Kind.CREATE: "created",
    Kind.FORGET: "forgotten",
}
"""In the order of the counts."""
_OPEN = 12
"""How many changed resources are shown in full before the rest may be left out first."""
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def report(preview: Preview, *, commit: str = "", beside: Sequence[Section] = ()) -> Report:
    """Return the report of the preview of `commit`; `beside` holds other verbs' findings about the same change."""
    changes = preview.changes
    seen = "the actual resources" if preview.refreshed else "the state of the last update"
    facts = {"compared with": seen, "unchanged": str(changes.unchanged)}
    return Report(
        title="Preview",
        kind="preview",
        stack=preview.stack,
        facts={**({"commit": commit} if commit else {}), **facts},
        sections=(*_failed(preview), *_loud(preview), *_database(preview), *beside, *_rest(preview)),
        summaries={
            Verdict.PASSED: f"{_counted(preview)}.",
            Verdict.UNCHECKED: (
                f"{_counted(preview)}; not everything could be looked at."
                if changes.succeeded
                else "The preview failed: an update would as well."
            ),
        },
        examined=max(1, changes.unchanged + len(changes.changes)),
        data={"preview": document(preview)},
    )


def _counted(preview: Preview) -> str:
    counts = [(len(preview.changes.of(kind)), done) for kind, done in _DONE.items()]
    return ", ".join(f"{count} {done}" for count, done in counts if count) or "Nothing changes"


def _failed(preview: Preview) -> Iterator[Section]:
    findings = [
        Finding(subject="preview", name="engine", verdict=Verdict.UNCHECKED, detail=each)
        for each in preview.changes.errors
    ]
    yield Section(title="Why it failed", findings=tuple(findings))


def _loud(preview: Preview) -> Iterator[Section]:
    """Yield irreversible changes, and protections that are off."""
    gone = [each for each in preview.changes.of(Kind.REPLACE, Kind.DELETE, Kind.FORGET) if not routine(each)]
    gone.sort(key=lambda each: list(_DONE).index(each.kind))
    counts = [(sum(each.kind is kind for each in gone), done) for kind, done in _DONE.items()]
    title = ", ".join(f"{count} {done}" for count, done in counts if count)
    rows = tuple((f"{_DONE[each.kind]}: {each.name}", each.noun, f"{lost(each)}{_because(each)}") for each in gone)
    yield Section(title=title, tables=(Table(columns=("what", "type", "what that means"), rows=rows),), loud=True)
    off = [
        (key, f"{entry.get('meaning', '')}{_excuse(entry.get('reason', ''), entry.get('until', ''))}")
        for key, entry in sorted(preview.changes.protections_off.items())
    ]
    off += [
        (each.name, "it could be deleted by an update from now on: `protect` goes")
        for each in preview.changes.changes
        if each.unprotected
    ]
    yield Section(
        title="Protections that are off", tables=(Table(columns=("what", "that means"), rows=tuple(off)),), loud=True
    )


def _because(change: Change) -> str:
    causes = [each for each in change.properties if each.replaces] or change.properties
    return "".join(f"\n{each.path}: {each.before} → {each.after}" for each in causes)


def _excuse(reason: str, until: str) -> str:
    return f" ({reason}, until {until})" if reason else ""


def _database(preview: Preview) -> Iterator[Section]:
    found = preview.database
    policies = [each for each in found.security if each.kind == "policy"]
    others = [each for each in found.security if each.kind != "policy"]
    tables = (
        Table(
            columns=("policy", "before", "after"),
            rows=tuple((each.object, each.before or "none", each.after or "none") for each in policies),
        ),
        Table(
            columns=("what", "difference", "put right by"),
            rows=tuple((f"{each.kind} {each.object}", each.text, each.needs) for each in others),
        ),
    )
    secured = found.secured
    intro = (
        f"Put in force for the first time: {secured.policies} policies on {secured.tables} tables." if secured else ""
    )
    yield Section(title="Row security", intro=intro, tables=tables, loud=bool(found.security))
    locks = tuple(
        (lock.table, f"{lock.mode}: {lock.effect}", _rows(lock.rows), _size(lock.bytes), each.file)
        for each in found.pending
        for lock in each.locks
    )
    files = tuple(
        (each.file, f"{each.statements}, {'in one transaction' if each.transaction else 'one by one'}")
        for each in found.pending
    )
    yield Section(
        title="Pending migrations",
        intro="" if found.linted else "squawk is not installed: the files were not linted.",
        tables=(
            Table(columns=("file", "statements"), rows=files),
            Table(columns=("table", "lock", "rows (estimated)", "size", "file"), rows=locks, title="Locks"),
            Table(
                columns=("file", "finding"),
                rows=tuple((each.file, finding) for each in found.pending for finding in each.findings),
                title="Linter",
            ),
        ),
    )
    unchecked = [
        Finding(
            subject="database",
            name="look",
            verdict=Verdict.UNCHECKED,
            detail=each,
            remedy="Make the database reachable, then preview again.",
        )
        for each in found.unchecked
    ]
    yield Section(title="Not looked at", findings=tuple(unchecked))


def _rows(rows: int | None) -> str:
    return "unknown" if rows is None else f"{rows:,}"


def _size(size: int | None) -> str:
    if size is None:
        return "unknown"
    amount, unit = float(size), 0
    while amount >= 1000 and unit + 1 < len(_UNITS):
        amount, unit = amount / 1000, unit + 1
    return f"{amount:,.0f} {_UNITS[unit]}" if unit == 0 or amount >= 100 else f"{amount:,.1f} {_UNITS[unit]}"


def _rest(preview: Preview) -> Iterator[Section]:
    costs = tuple((each.resource, each.what) for each in preview.costs)
    yield Section(title="What costs money", tables=(Table(columns=("what", "why"), rows=costs),))
    changed = [*preview.changes.of(Kind.UPDATE, Kind.IMPORT), *filter(routine, preview.changes.changes)]
    # The section above describes changes of the database.
    changed.sort(key=lambda each: (each.type in (MIGRATIONS, ROW_SECURITY), each.kind is Kind.REPLACE))
    described = sum(each.type in (MIGRATIONS, ROW_SECURITY) for each in changed)
    open_ = min(_OPEN, len(changed) - described)
    for title, some, minor in (("Changed", changed[:open_], False), ("Changed as well", changed[open_:], True)):
        yield Section(title=title, tables=tuple(map(_properties, some)), minor=minor)
    created = tuple((each.name, each.noun) for each in preview.changes.of(Kind.CREATE))
    yield Section(title="Created", tables=(Table(columns=("what", "type"), rows=created),), minor=True)
    yield Section(title="Warnings", lines=preview.changes.warnings, minor=True)


def _properties(change: Change) -> Table:
    """Return one resource, property by property."""
    done = "" if change.kind is Kind.UPDATE else f", {_DONE[change.kind]}"
    hidden = "a secret"
    rows = tuple(
        (each.path, hidden, "another one") if each.before == each.after else (each.path, each.before, each.after)
        for each in change.properties
    )
    return Table(
        title=f"{change.name} ({change.noun}{done})",
        columns=("property", "before", "after"),
        rows=rows or (("–", "as it is", "nothing of it differs"),),  # noqa: RUF001 -- a dash
    )
