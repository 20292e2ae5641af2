"""Verbs that are killed at seeded points, and the outcome of the next run.

    python -m tests.end_to_end.kills [review|rollback] [POINTS]     # prints the table; exit code 1 if a row is wrong

A point is either a call of a vendor's API (before its effect, or after its effect and before its response) or a moment.
The whole process group gets SIGKILL. Then the same verb runs again and has to converge.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.review import branch_name, mark
from sandbox.state.store import Store
from tests.end_to_end.accounts import accounts, difference
from tests.end_to_end.lost_answers import admin
from tests.end_to_end.lost_answers import world as sandbox
from tests.end_to_end.reviewing import begun, kill, review
from tests.end_to_end.world import Launch

REVIEW_SECONDS, ROLLBACK_SECONDS = 10.0, 4.0
"""About as long as each verb takes on an idle machine."""
NUMBER = 8


@dataclass(frozen=True)
class Point:
    """The point at which a verb is killed."""

    seed: int
    rule: dict[str, Any] | None
    """The fault that marks the moment; None if `seconds` does."""
    seconds: float = 0.0

    @classmethod
    def of(cls, seed: int, longest: float) -> Point:
        """Return the point of a seed, always the same."""
        chosen = random.Random(seed)  # noqa: S311 -- repeatable on purpose
        if seed % 4 == 0:
            return cls(seed, None, chosen.uniform(1, longest))
        action = chosen.choice(("latency", "timeout_after"))
        method = chosen.choice(("POST", "GET"))
        # A verb makes many calls that read, and few that change anything.
        probability = chosen.choice((1.0, 0.6) if method == "POST" else (1.0, 0.3, 0.1))
        match = {"method": method}
        return cls(
            seed,
            {"match": match, "action": action, "seconds": 120, "count": 1, "probability": probability, "seed": seed},
        )

    def __str__(self) -> str:
        if self.rule is None:
            return f"after {self.seconds:.1f} s"
        when = "before" if self.rule["action"] == "latency" else "after"
        return f"{when} a {self.rule['match']['method']} ({self.rule['probability']:g})"


@dataclass(frozen=True, kw_only=True)
class Row:
    """The outcome of one point."""

    point: Point
    struck: bool
    """Whether the verb was killed before its end."""
    flaw: str

    @property
    def text(self) -> str:
        """Return the row as text for people."""
        outcome = self.flaw or "converged"
        return f"{self.point.seed:4}  {self.point!s:24}  {'killed' if self.struck else 'had ended':9}  {outcome}"


def killed(launch: Launch, point: Point, *command: str) -> bool:
    """Run a verb and kill it at the point; return whether it was still running."""
    rule = admin(launch, "POST", "faults", **point.rule)["id"] if point.rule else None
    try:
        with begun(launch, *command) as process:
            deadline = time.monotonic() + (point.seconds or 300)
            while process.poll() is None and time.monotonic() < deadline:
                if rule and any(each["id"] == rule and each["used"] for each in admin(launch, "GET", "faults")):
                    break
                time.sleep(0.05)
            running = process.poll() is None
            kill(process)
            return running
    finally:
        launch.mend()


def of_review(launch: Launch, point: Point) -> Row:
    """Kill `review create`, run it again, check that there is one of everything; remove it, and compare accounts."""
    before = accounts(launch)
    create = ("review", "create", str(NUMBER), "--branch", "feature/killed", "--json")
    struck = killed(launch, point, *create)
    done = launch.launch(*create, code=None)
    flaw = "" if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr[-600:]}"
    flaw = flaw or one_of_everything(launch)
    removed = review(launch, "destroy", str(NUMBER), code=None)
    if removed.returncode:
        flaw = flaw or f"destroy: {removed.stderr[-600:]}"
    left = difference(before, accounts(launch))
    return Row(point=point, struck=struck, flaw=flaw or (f"left behind: {', '.join(left)}" if left else ""))


def one_of_everything(launch: Launch) -> str:
    """Return the resources that do not exist exactly once; empty if there are none."""
    store = Store(launch.home.store_path)
    try:
        branches = [each for each in store.find("neon.branches") if each["name"] == branch_name(NUMBER)]
        variables = [each["key"] for each in store.find("vercel.env") if each.get("comment") == mark(NUMBER)]
        deployments = [each for each in store.find("vercel.deployments") if each["meta"].get("review") == mark(NUMBER)]
    finally:
        store.close()
    counts = {"branches": len(branches), "deployments": len(deployments), "variables": len(variables)}
    right = {"branches": 1, "deployments": 1, "variables": 7}
    return "" if counts == right and len(set(variables)) == 7 else f"{counts} instead of {right}"


def good(launch: Launch) -> dict[str, str]:
    """Return the version of conductor and the deployment of the dashboard that serve now."""
    account = launch.cloudflare("GET", "/zones?name=prductr.com")[0]["account"]["id"]
    path = f"/accounts/{account}/workers/scripts/conductor/deployments"
    version = launch.cloudflare("GET", path)["deployments"][0]["versions"][0]["version_id"]
    targets = launch.vercel("GET", "/v9/projects/prductr-com")["targets"]
    return {"conductor": version, "dashboard": targets["production"]["id"], "account": account}


def of_rollback(launch: Launch, point: Point, wanted: dict[str, str], bad: dict[str, str]) -> Row:
    """Make the bad versions serve, kill `rollback apply`, run it again, and check which versions serve."""
    serve(launch, bad)
    struck = killed(launch, point, "rollback", "apply", "--json")
    done = launch.launch("rollback", "apply", "--json", code=None)
    flaw = "" if done.returncode == 0 else f"exit code {done.returncode}: {(done.stdout + done.stderr)[-600:]}"
    found = good(launch)
    if not flaw and found != wanted:
        flaw = f"{found} serves instead of {wanted}"
    return Row(point=point, struck=struck, flaw=flaw)


def serve(launch: Launch, which: dict[str, str]) -> None:
    """Make a version and a deployment serve, as a person does it by hand."""
    path = f"/accounts/{which['account']}/workers/scripts/conductor/deployments?force=true"
    if good(launch)["conductor"] != which["conductor"]:
        share = {"version_id": which["conductor"], "percentage": 100}
        launch.cloudflare("POST", path, strategy="percentage", versions=[share])
    if good(launch)["dashboard"] != which["dashboard"]:
        launch.vercel("POST", f"/v10/projects/prductr-com/promote/{which['dashboard']}")


def main(arguments: list[str]) -> int:
    """Print a table for each verb."""
    from tests.end_to_end.test_rollback import bad_update

    verbs = [each for each in arguments if each in ("review", "rollback")] or ["review", "rollback"]
    points = next((int(each) for each in arguments if each.isdecimal()), 20)
    wrong = 0
    with sandbox() as launch:
        launch.launch("up")
        if "review" in verbs:
            wrong += shown(
                "review create", (of_review(launch, Point.of(seed, REVIEW_SECONDS)) for seed in range(points))
            )
        if "rollback" in verbs:
            wanted = good(launch)
            bad_update(launch, Path(launch.folder).parent / "bad")
            bad = good(launch)
            assert set(wanted.values()) & set(bad.values()) == {wanted["account"]}
            rows = (of_rollback(launch, Point.of(seed, ROLLBACK_SECONDS), wanted, bad) for seed in range(points))
            wrong += shown("rollback apply", rows)
    return int(wrong > 0)


def shown(title: str, rows: Iterator[Row]) -> int:
    """Print each row as it comes; return how many are wrong."""
    print(title, flush=True)
    wrong = 0
    for row in rows:
        print(row.text, flush=True)
        wrong += bool(row.flaw)
    print(f"{title}: {wrong} wrong", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
