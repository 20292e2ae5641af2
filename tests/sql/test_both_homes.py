"""Both homes of the rate limit return the same decision for each call of each case, field by field.

Prevents: a dashboard that admits, counts or promises differently from the API.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from typing import Any

import pytest

from contract.paths import WORKERS
from tests.database.conftest import Database
from tests.sql.contract import CASES, CONTRACT, FIELDS, Decision, Home, run
from toolchain.node import environment, install, node

EXACT = tuple(field for field in FIELDS if field != "reset_seconds")

Answers = list[list[Decision]]
"""The decisions of each step of calls of one case."""


@pytest.fixture(scope="module")
def edge() -> dict[str, Answers]:
    """The decisions of the Durable Object, in the real Workers runtime."""
    install(WORKERS)
    command = [str(node()), "tests/limiter/answers.js"]
    done = subprocess.run(command, cwd=WORKERS, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Answers] = json.loads(done.stdout.splitlines()[-1])
    return found


def differences(case: str, at_the_edge: Answers, in_the_database: Answers, took: float) -> list[str]:
    """Return the differences between two homes' decisions in one case.

    Concurrent calls finish in any order, so their decisions are compared as a whole. The database's clock advances
    during a case that takes so many seconds; that of the edge stands still.
    """
    found = []
    calls = [step["call"] for step in CASES[case] if "call" in step]
    assert len(calls) == len(at_the_edge) == len(in_the_database)
    for number, (call, ours, theirs) in enumerate(zip(calls, at_the_edge, in_the_database, strict=True)):
        where = f"{case}, call {number} {json.dumps(call)}"
        if call.get("concurrent"):
            pairs: list[tuple[Any, Any]] = [(_whole(ours), _whole(theirs))]
        else:
            pairs = [(_exact(one), _exact(other)) for one, other in zip(ours, theirs, strict=True)]
            resets = [(one["reset_seconds"], other["reset_seconds"]) for one, other in zip(ours, theirs, strict=True)]
            found += [f"{where}: reset_seconds {a}, {b}" for a, b in resets if not a - took - 1 <= b <= a]
        found += [f"{where}: {one}, {other}" for one, other in pairs if one != other]
    return found


def _exact(decision: Decision) -> dict[str, Any]:
    return {field: decision[field] for field in EXACT}


def _whole(decisions: list[Decision]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(_exact(each).items()) for each in decisions)


@pytest.mark.parametrize("case", CASES)
def test_both_homes_fulfil_a_case_with_the_same_answers(scratch: Database, edge: dict[str, Answers], case: str) -> None:
    started = time.perf_counter()
    answers = run(Home(scratch), CASES[case], case)
    assert differences(case, edge[case], answers, time.perf_counter() - started) == []


def test_each_field_that_differs_is_detected(edge: dict[str, Answers]) -> None:
    case = "L07-the-oldest-counts"
    for field in FIELDS:
        other = json.loads(json.dumps(edge[case]))
        value = other[1][0][field]
        other[1][0][field] = not value if isinstance(value, bool) else value + 1
        assert len(differences(case, edge[case], other, 0)) == 1, field
    case = "L02-640-at-once"
    other = json.loads(json.dumps(edge[case]))
    other[0][0]["remaining"] += 1
    assert len(differences(case, edge[case], other, 0)) == 1


def test_every_case_and_every_field_of_the_contract_is_compared(edge: dict[str, Answers]) -> None:
    assert edge.keys() == CASES.keys()
    assert sum(len(decisions) for answers in edge.values() for decisions in answers) > 1_500
    assert set(FIELDS) == set(CONTRACT["decision"]["fields"])
