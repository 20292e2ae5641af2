"""`launch adopt apply` killed at many points, each on a production of its own, and run again: the outcome of each.

    python -m tests.end_to_end.adoption_kills [POINTS] [SEED]

A point is the number of changes that the clouds have seen when the process is killed; its engine is left running.
A row is good if the next apply succeeds, every database row still exists, nothing exists twice, and a preview has
nothing to do.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from launch.stack import SANDBOX, Stack
from tests.end_to_end.takeover import KILLED, MAIL, TODAY, Production
from tests.end_to_end.world import Launch, new_sandbox, run

POINTS = 20
SEED = 20261130
FURTHEST = 65
"""Fewer changes than a complete apply makes (an apply ended before 75)."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one kill."""

    changes: int
    """The point."""
    killed: bool
    """Whether the apply was still running."""
    lost: int
    """Lost rows."""
    repeated: list[str]
    undone: str
    """The errors of the next apply or the preview."""
    seconds: float

    @property
    def good(self) -> bool:
        """Whether nothing was lost, repeated or left undone."""
        return not (self.lost or self.repeated or self.undone)


def main(points: int = POINTS, seed: int = SEED) -> int:
    """Kill at each point, print a row for each, and return 1 if one of them is not good."""
    chosen = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    console = Console()
    table = Table("killed after changes", "still at work", "rows lost", "there twice", "left undone", "s", "good")
    outcomes = []
    for changes in sorted(chosen.sample(range(1, FURTHEST + 1), points)):
        outcome = struck(changes)
        outcomes.append(outcome)
        console.print(f"after {changes} changes: {'good' if outcome.good else outcome}", soft_wrap=True)
        table.add_row(
            str(changes),
            "yes" if outcome.killed else "no",
            str(outcome.lost),
            ", ".join(outcome.repeated) or "nothing",
            outcome.undone[-300:] or "nothing",
            f"{outcome.seconds:.0f}",
            "yes" if outcome.good else "NO",
        )
    console.print(table)
    good = sum(each.good for each in outcomes)
    console.print(
        f"{good} of {len(outcomes)} good, {sum(each.killed for each in outcomes)} killed at work, seed {seed}"
    )
    return 0 if good == len(outcomes) else 1


def struck(changes: int) -> Outcome:
    """Adopt one production by an apply that is killed and another that is not."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="prductr-kill-") as name:
        folder = Path(name)
        environment = new_sandbox(folder / "sandbox") | {"LAUNCH_SANDBOX_SCENARIO": "production"}
        try:
            run(sys.executable, "-m", "launch", "sandbox", "start", environment=environment)
            production = started(folder)
            before = production.rows()
            killed = production.killed(changes) == KILLED
            undone = finished(production)
            after = production.rows()
            lost = sum(
                not (row.items() <= after[table].get(id_, {}).items())
                for table, rows in before.items()
                for id_, row in rows.items()
            )
            repeated = production.repeated()
        finally:
            run(sys.executable, "-m", "launch", "down", environment=environment, code=None)
    return Outcome(
        changes=changes,
        killed=killed,
        lost=lost,
        repeated=repeated,
        undone=undone,
        seconds=time.monotonic() - began,
    )


def started(folder: Path) -> Production:
    """Start today's production with its settings."""
    launch = Launch(folder=folder / "sandbox")
    Stack(name=SANDBOX, environment=launch.environment()).create()
    journal = folder / "adoption.jsonl"
    production = Production(launch=launch, settings=launch.settings(folder, **TODAY), journal=journal)
    zone = launch.zone()
    for name, text in MAIL.items():
        launch.cloudflare("POST", f"/zones/{zone}/dns_records", name=name, type="TXT", content=f'"{text}"', ttl=3600)
    key = production.variable("USER_SECRETS_MASTER_KEY")
    production.pulumi("config", "set", "--secret", "prductr:userSecretsMasterKey", key)
    return production


def finished(production: Production) -> str:
    """Apply to the end and preview; return the complaints of either."""
    try:
        production.adopt("apply")
        production.pulumi("preview", "--expect-no-changes")
    except AssertionError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
