"""Policy mutation testing: each way to weaken isolation, and its detection.

    python -m benchmarks.mutants

Behaviour tests try the statements of the application, a stranger and the owner; checks are `sql/checks`; drift is the
comparison with the declared facts. Exit code 1 unless behaviour and checks together detect all mutants, and behaviour
alone 95 of 100.

After them come the openings: objects that the owner or a superuser can create beside the declaration. Exit code 1
unless each is reported with its expected message, and then repaired, or named because only a person can undo it.
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
from tools.mutation.observation import Observation, observe
from tools.mutation.openings import openings
from tools.mutation.operators import mutants
from tools.mutation.world import ROLES

WANTED_BY_BEHAVIOUR = 0.95


def verdicts(url: str, chosen: Sequence[Mutant]) -> list[Verdict]:
    """Return the verdicts on mutants, judged in transactions that are rolled back; the three roles stay.

    `url` is a superuser's.
    """
    with psycopg.connect(url) as connection:
        for statement in ROLES:
            connection.execute(statement.encode())
        connection.commit()
        return [judge(connection, mutant, DECLARATION.facts, CHECKS) for mutant in chosen]


def table(found: Sequence[Verdict]) -> str:
    """Return one line for each operator, the sums, and every mutant that behaviour did not detect."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in found:
        groups[verdict.mutant.operator].append(verdict)
    lines = [f"{'operator':<30} {'mutants':>8} {'behaviour':>10} {'checks':>8} {'together':>9} {'drift':>7}"]
    for operator, group in [*sorted(groups.items()), ("all", list(found))]:
        counts = (
            len(group),
            sum(bool(each.behaviour) for each in group),
            sum(bool(each.checks) for each in group),
            sum(detected(each) for each in group),
            sum(bool(each.drift) for each in group),
        )
        lines.append("{:<30} {:>8} {:>10} {:>8} {:>9} {:>7}".format(operator, *counts))
    unseen = [each.mutant for each in found if not each.behaviour]
    lines += ["", "not detected by behaviour:", *(f"  {each.operator}: {each.target}" for each in unseen)]
    return "\n".join(lines)


def detected(verdict: Verdict) -> bool:
    """Return whether behaviour or a check detected it. Drift does not count, because it shows any change."""
    return bool(verdict.behaviour) or bool(verdict.checks)


def observations(url: str) -> list[Observation]:
    """Return the reports about each opening, and its outcome. `url` is a superuser's."""
    with psycopg.connect(url) as connection:
        release = connection.info.server_version // 10000
        return [observe(connection, each, DECLARATION, CHECKS) for each in openings(release)]


def summary(found: Sequence[Observation]) -> str:
    """Return the sums, and every opening that was not reported or not settled."""
    repaired = sum(each.settled and not each.opening.named for each in found)
    named = sum(each.settled and each.opening.named for each in found)
    lines = [f"{len(found)} openings: {sum(each.seen for each in found)} reported, {repaired} repaired, {named} named"]
    lines += [
        f"  {each.opening.name}: {'not settled' if each.seen else 'not reported'}: {each.refused or each.left}"
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
        beside = observations(server.uri(DATABASE))
    print(table(found))
    behaviour = sum(bool(each.behaviour) for each in found) / len(found)
    together = sum(detected(each) for each in found) / len(found)
    print(
        f"\n{len(found)} mutants in {seconds:.0f} s ({len(found) / seconds:.1f} a second): "
        f"behaviour {behaviour:.1%} (target 95 %), together {together:.1%} (target 100 %)"
    )
    print(summary(beside))
    settled = all(each.seen and each.settled for each in beside)
    return 0 if together == 1 and behaviour >= WANTED_BY_BEHAVIOUR and settled else 1


if __name__ == "__main__":
    sys.exit(main())
