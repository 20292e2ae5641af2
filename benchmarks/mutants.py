"""Policy mutation testing: each way to weaken isolation, and what noticed it.

    python -m benchmarks.mutants

Behaviour is what the application, a stranger and the owner can do; checks are `sql/checks`; drift is the comparison
with the declared facts. Exit code 1 unless behaviour and checks together notice all, and behaviour alone 95 of 100.

After them the openings: what the owner or a superuser can make beside the declaration. Exit code 1 unless each is told
in the words that it is to be told in, and then put right or named as what only a person can undo.
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
from tools.mutation.openings import openings
from tools.mutation.operators import mutants
from tools.mutation.told import Told, tell
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


def told(url: str) -> list[Told]:
    """What is said and becomes of each opening; `url` is a superuser's."""
    with psycopg.connect(url) as connection:
        release = connection.info.server_version // 10000
        return [tell(connection, each, DECLARATION, CHECKS) for each in openings(release)]


def summary(found: Sequence[Told]) -> str:
    """The sums, and every opening that was not told or not settled."""
    repaired = sum(each.settled and not each.opening.named for each in found)
    named = sum(each.settled and each.opening.named for each in found)
    lines = [f"{len(found)} openings: {sum(each.seen for each in found)} told, {repaired} put right, {named} named"]
    lines += [
        f"  {each.opening.name}: {'not settled' if each.seen else 'not told'}: {each.refused or each.left}"
        for each in found
        if not (each.seen and each.settled)
    ]
    return "\n".join(lines)


def main() -> int:
    """Print the table and the speed."""
    with secured() as server:
        started = time.perf_counter()
        found = verdicts(server.uri(DATABASE), list(mutants(DECLARATION.facts)))
        seconds = time.perf_counter() - started
        beside = told(server.uri(DATABASE))
    print(table(found))
    behaviour = sum(bool(each.behaviour) for each in found) / len(found)
    together = sum(noticed(each) for each in found) / len(found)
    print(
        f"\n{len(found)} mutants in {seconds:.0f} s ({len(found) / seconds:.1f} a second): "
        f"behaviour {behaviour:.1%} (target 95 %), together {together:.1%} (target 100 %)"
    )
    print(summary(beside))
    settled = all(each.seen and each.settled for each in beside)
    return 0 if together == 1 and behaviour >= WANTED_BY_BEHAVIOUR and settled else 1


if __name__ == "__main__":
    sys.exit(main())
