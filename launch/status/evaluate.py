"""Evaluate whether a bead is done: each of its checks against the last look, files and recorded results.

A check that cannot be evaluated is not checked, and its bead is not done. Nothing counts as done without evidence: a
recorded result names who saw it and when, and holds for a stated time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from launch.report import Verdict
from launch.status import recorded
from launch.status.evidence import Evidence
from launch.status.model import Result, Sources
from launch.status.plan import Bead, Check, Plan

STALE = timedelta(days=7)
"""An older look proves nothing about today."""
_LARGEST = 1 << 20
_LOOK = "Look: `launch status --look`"


def evaluate(plan: Plan, sources: Sources) -> dict[str, Result]:
    """Return the result of each bead, by id."""
    return {bead.id: bead_result(bead, sources) for bead in plan.beads}


def bead_result(bead: Bead, sources: Sources) -> Result:
    """Return the worst result of its checks: failed, else not checked, else passed."""
    results = [_KINDS[check.kind](check, sources) for check in bead.checks]
    for verdict in (Verdict.FAILED, Verdict.UNCHECKED):
        if bad := [each for each in results if each.verdict is verdict]:
            return Result(verdict, "\n".join(dict.fromkeys(each.detail for each in bad)), bad[0].remedy)
    return Result(Verdict.PASSED, "\n".join(dict.fromkeys(each.detail for each in results)))


def _seen(sources: Sources) -> Evidence | Result:
    evidence = sources.evidence
    if evidence is None:
        return Result(Verdict.UNCHECKED, "nobody has looked at this stack yet", _LOOK)
    if sources.now - evidence.looked_at > STALE:
        days = (sources.now - evidence.looked_at).days
        return Result(Verdict.UNCHECKED, f"the last look is {days} days old", _LOOK)
    return evidence


def _verify(check: Check, sources: Sources) -> Result:
    evidence = _seen(sources)
    if isinstance(evidence, Result):
        return evidence
    subject, wanted = check.what["subject"], check.what.get("checks")
    found = {each["check"]: each for each in evidence.outside if each["subject"] == subject}
    missing = [name for name in wanted or () if name not in found]
    if not found or missing:
        what = ", ".join(missing) or "any check"
        return Result(Verdict.FAILED, f"{subject}: `launch verify` has no check of it ({what})", "Declare the host.")
    chosen = [found[name] for name in wanted] if wanted else list(found.values())
    for verdict in ("unsafe", "failed", Verdict.UNCHECKED.value):
        if bad := [each for each in chosen if each["verdict"] == verdict]:
            kind = Verdict.UNCHECKED if verdict == Verdict.UNCHECKED.value else Verdict.FAILED
            failures = "; ".join(f"{each['check']}: {each['detail']}" for each in bad)
            return Result(kind, f"{subject}: {failures}", "`launch verify` says what to do.")
    return Result(Verdict.PASSED, f"{subject}: {len(chosen)} checks passed")


def _stack(check: Check, sources: Sources) -> Result:
    evidence = _seen(sources)
    if isinstance(evidence, Result):
        return evidence
    if name := check.what.get("resource"):
        if name not in evidence.resources:
            return Result(Verdict.FAILED, f"the stack has no resource {name}", "Declare it, then run `pulumi up`.")
        if name in evidence.drifted:
            return Result(Verdict.FAILED, f"{name} drifted", "`launch drift` says what to do.")
        if not evidence.compared:
            return Result(Verdict.UNCHECKED, f"{name} was not compared with the actual resource", _LOOK)
        return Result(Verdict.PASSED, f"{name} is as declared")
    output, among = check.what["output"], check.what.get("among")
    if output not in evidence.outputs:
        return Result(Verdict.FAILED, f"the stack has no output {output}", "Run `pulumi up`.")
    value = evidence.outputs[output]
    if among is not None and value not in among:
        wanted = " or ".join(json.dumps(each) for each in among)
        return Result(Verdict.FAILED, f"output {output} is {json.dumps(value)[:80]}, not {wanted}", "Set it.")
    return Result(Verdict.PASSED, f"output {output} is there" + (f": {value}" if among is not None else ""))


def _accounts(check: Check, sources: Sources) -> Result:
    evidence = _seen(sources)
    if isinstance(evidence, Result):
        return evidence
    vendor = check.what["vendor"]
    if beside := [str(each["what"]) for each in evidence.beside if each["vendor"] == vendor]:
        return Result(Verdict.FAILED, f"beside the declared at {vendor}: {'; '.join(beside)}", "`launch drift`")
    if evidence.unasked:
        return Result(Verdict.UNCHECKED, f"accounts were not all looked at: {evidence.unasked[0]}", _LOOK)
    return Result(Verdict.PASSED, f"nothing beside the declared at {vendor}")


def _file(check: Check, sources: Sources) -> Result:
    name, pattern, expression = check.what.get("checkout"), check.what["path"], check.what.get("matches")
    root = sources.checkouts.get(name) if name else sources.project
    if root is None:
        remedy = f"Name it: --checkout {name}=FOLDER, or LAUNCH_CHECKOUTS={name}=FOLDER"
        return Result(Verdict.UNCHECKED, f"the checkout of {name} is not on this machine", remedy)
    if not root.is_dir():
        return Result(Verdict.UNCHECKED, f"{root} is not a folder", f"Correct where {name} is.")
    inside = root.resolve()
    files = [each for each in sorted(root.glob(pattern)) if each.is_file() and each.resolve().is_relative_to(inside)]
    where = f"{name}: {pattern}" if name else pattern
    if not files:
        return Result(Verdict.FAILED, f"{where} does not exist", "Write it.")
    if expression is None:
        return Result(Verdict.PASSED, f"{where} exists")
    for each in files:
        if each.stat().st_size <= _LARGEST and re.search(expression, each.read_text("utf-8", "replace")):
            return Result(Verdict.PASSED, f"{where} matches {expression}")
    return Result(Verdict.FAILED, f"{where} does not match {expression}", "Write it.")


_KINDS: Mapping[str, Callable[[Check, Sources], Result]] = {
    "verify": _verify,
    "stack": _stack,
    "accounts": _accounts,
    "file": _file,
    "record": recorded.record,
    "smoke": recorded.smoke,
}
