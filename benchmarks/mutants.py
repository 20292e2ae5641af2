"""Policy mutation testing: each way to weaken isolation, and what noticed it.

    python -m benchmarks.mutants

Behaviour is what the application, a stranger and the owner can do; checks are `sql/checks`; drift is the comparison
with the declared facts. Exit code 1 unless behaviour and checks together notice all, and behaviour alone 95 of 100.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Sequence

import psycopg

from benchmarks.isolated import CHECKS, DATABASE, DECLARATION, secured
from tools.mutation.judge import Verdict, judge
from tools.mutation.mutant import Mutant
from tools.mutation.operators import mutants
from tools.mutation.world import ROLES

WANTED_BY_BEHAVIOUR = 0.95


def verdicts(url: str, chosen: Sequence[Mutant]) -> list[Verdict]:
    """Judge mutants, in transactions that are undone; the three roles stay. `url` is a superuser's."""
    with psycopg.connect(url) as connection:
        for statement in ROLES:
            connection.execute(statement.encode())
        connection.commit()
        return [judge(connection, mutant, DECLARATION.facts, CHECKS) for mutant in chosen]


def table(found: Sequence[Verdict]) -> str:
    """One line for each operator, the sums, and every mutant that behaviour did not notice."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in found:
        groups[verdict.mutant.operator].append(verdict)
    lines = [f"{'operator':<30} {'mutants':>8} {'behaviour':>10} {'checks':>8} {'together':>9} {'drift':>7}"]
    for operator, group in [*sorted(groups.items()), ("all", list(found))]:
        counts = (
            len(group),
            sum(bool(each.behaviour) for each in group),
            sum(bool(each.checks) for each in group),
            sum(noticed(each) for each in group),
            sum(bool(each.drift) for each in group),
        )
        lines.append("{:<30} {:>8} {:>10} {:>8} {:>9} {:>7}".format(operator, *counts))
    unseen = [each.mutant for each in found if not each.behaviour]
    lines += ["", "not noticed by behaviour:", *(f"  {each.operator}: {each.target}" for each in unseen)]
    return "\n".join(lines)


def noticed(verdict: Verdict) -> bool:
    """By behaviour or by a check; the comparison with the declaration does not count, it would see anything."""
    return bool(verdict.behaviour) or bool(verdict.checks)


def main() -> int:
    """Print the table and the speed."""
    with secured() as server:
        started = time.perf_counter()
        found = verdicts(server.uri(DATABASE), list(mutants(DECLARATION.facts)))
        seconds = time.perf_counter() - started
    print(table(found))
    behaviour = sum(bool(each.behaviour) for each in found) / len(found)
    together = sum(noticed(each) for each in found) / len(found)
    print(
        f"\n{len(found)} mutants in {seconds:.0f} s ({len(found) / seconds:.1f} a second): "
        f"behaviour {behaviour:.1%} (target 95 %), together {together:.1%} (target 100 %)"
    )
    return 0 if together == 1 and behaviour >= WANTED_BY_BEHAVIOUR else 1


if __name__ == "__main__":
    sys.exit(main())
