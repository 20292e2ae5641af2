"""Check that a preview would do what was reviewed. An update plan cannot show that: it does not contain the state."""

from __future__ import annotations

from collections.abc import Iterator

from launch.preview import Preview
from launch.report import Finding, Verdict

_REMEDY = "Nothing was deployed. Review what would be done now: `launch preview --refresh --save FILE`."


def unreviewed(reviewed: Preview, now: Preview) -> tuple[Finding, ...]:
    """Return the differences, one finding each; empty if an update would do exactly what was reviewed."""
    return tuple(_differences(reviewed, now))


def _differences(reviewed: Preview, now: Preview) -> Iterator[Finding]:
    if not reviewed.changes.succeeded:
        yield _finding("review", "preview", "the reviewed preview failed")
    if reviewed.stack != now.stack:
        yield _finding("stack", "name", f"the review is of stack {reviewed.stack}, and this is {now.stack}")
    if reviewed.program != now.program:
        yield _finding("program", "files", "the program, its settings or its locked packages are not those reviewed")
    if not reviewed.refreshed:
        yield _finding("review", "refresh", "the review did not compare with the actual resources (`--refresh`)")
    before, after = reviewed.steps(), now.steps()
    kinds = {each.urn: each.kind.value for each in (*reviewed.changes.changes, *now.changes.changes)}
    for urn in sorted(before.keys() | after.keys()):
        name = urn.rpartition("::")[2]
        if urn not in after:
            yield _finding(name, "step", f"was reviewed ({kinds[urn]}), but is no longer planned")
        elif urn not in before:
            yield _finding(name, "step", f"was not reviewed ({kinds[urn]})")
        elif before[urn] != after[urn]:
            yield _finding(name, "step", "was reviewed with other values, or has changed since")
    if [each.file for each in reviewed.database.pending] != [each.file for each in now.database.pending]:
        yield _finding("database", "migrations", "the pending migrations are not those reviewed")
    if reviewed.database.security != now.database.security:
        yield _finding("database", "row security", "it would not change as reviewed")
    for each in now.database.unchecked:
        yield Finding(subject="database", name="look", verdict=Verdict.UNCHECKED, detail=each)


def _finding(subject: str, name: str, detail: str) -> Finding:
    return Finding(subject=subject, name=name, verdict=Verdict.FAILED, detail=detail, remedy=_REMEDY, needs=("person",))
