"""Every resource type of the stack times every fault of the sandbox, before and after the change, with the outcome.

    python -m tests.end_to_end.lost_answers [FAULT …]     # prints the table; exit code 1 if a cell is wrong

For each fault the launch is deployed from nothing. The run that first creates a type suffers the fault in all its
creations; the next runs are plain `pulumi up` and have to converge to exactly one of everything.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from launch.stack import SANDBOX, Stack
from sandbox.state.store import Store
from tests.end_to_end.world import Launch, new_sandbox, run

FAULTS: Mapping[str, Mapping[str, Any]] = {
    "429 before": {"action": "status", "status": 429, "retry_after": 0},
    "429 after": {"action": "status", "status": 429, "retry_after": 0, "after": True},
    "500 before": {"action": "status", "status": 500},
    "500 after": {"action": "status", "status": 500, "after": True},
    "reset before": {"action": "reset"},
    "reset after": {"action": "reset", "after": True},
    "lost answer": {"action": "timeout_after", "seconds": 0.2},
}
STRIKES = 3
"""Strikes of one rule in one run: as many as the attached Cloudflare provider makes attempts."""
MOST_RUNS = 8


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A resource type: the call that creates one, and the vendor's collection of it."""

    token: str
    method: str
    path: str
    collection: str

    @property
    def name(self) -> str:
        return self.token.rpartition(":")[2]

    def is_ours(self, document: Mapping[str, Any]) -> bool:
        """Return whether the stack made it, and not the vendor by itself."""
        if self.collection == "cloudflare.dns_records":
            return not document["meta"].get("read_only")
        if self.collection == "vercel.project_domains":
            return not str(document["name"]).endswith(".vercel.app")
        if self.collection == "cloudflare.workers_schedules":
            return bool(document["schedules"])
        return True


KINDS = (
    Kind(
        token="cloudflare:index/zoneSetting:ZoneSetting",
        method="PATCH",
        path="^/client/v4/zones/[^/]+/settings/[^/]+$",
        collection="cloudflare.zone_settings",
    ),
    Kind(
        token="cloudflare:index/dnsRecord:DnsRecord",
        method="POST",
        path="^/client/v4/zones/[^/]+/dns_records$",
        collection="cloudflare.dns_records",
    ),
    Kind(
        token="cloudflare:index/ruleset:Ruleset",
        method="POST",
        path="^/client/v4/zones/[^/]+/rulesets$",
        collection="cloudflare.rulesets",
    ),
    Kind(
        token="cloudflare:index/workersScript:WorkersScript",
        method="PUT",
        path="/workers/scripts/[^/]+$",
        collection="cloudflare.workers_scripts",
    ),
    Kind(
        token="cloudflare:index/workersCustomDomain:WorkersCustomDomain",
        method="PUT",
        path="/workers/domains$",
        collection="cloudflare.workers_domains",
    ),
    Kind(
        token="cloudflare:index/workersCronTrigger:WorkersCronTrigger",
        method="PUT",
        path="/workers/scripts/[^/]+/schedules$",
        collection="cloudflare.workers_schedules",
    ),
    Kind(
        token="cloudflare:index/webAnalyticsSite:WebAnalyticsSite",
        method="POST",
        path="/rum/site_info$",
        collection="cloudflare.web_analytics_sites",
    ),
    Kind(
        token="vercel:index/project:Project",
        method="POST",
        path=r"^/vercel/v\d+/projects$",
        collection="vercel.projects",
    ),
    Kind(
        token="vercel:index/projectDomain:ProjectDomain",
        method="POST",
        path="^/vercel/.*/domains$",
        collection="vercel.project_domains",
    ),
    Kind(
        token="vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable",
        method="POST",
        path="^/vercel/.*/env$",
        collection="vercel.env",
    ),
    Kind(
        token="vercel:index/deployment:Deployment",
        method="POST",
        path="^/vercel/.*/deployments$",
        collection="vercel.deployments",
    ),
    Kind(
        token="neon:index/project:Project",
        method="POST",
        path="^/neon/api/v2/projects$",
        collection="neon.projects",
    ),
)


@dataclass
class Cell:
    """The outcome of one type under one fault."""

    struck_in: int | None = None
    """Number of the run; None while no creation has suffered the fault."""
    held: list[int] = field(default_factory=list)
    """The number in the state after each run."""
    there: int = 0
    """The number at the vendor at the end."""

    @property
    def flaw(self) -> str:
        """Return the flaw; empty if there is none."""
        if self.struck_in is None:
            return "was never struck"
        if not self.held[-1]:
            return "is not there"
        return "" if self.there == self.held[-1] else f"{self.there} instead of {self.held[-1]}"

    @property
    def text(self) -> str:
        """Return the cell as text for people."""
        if self.flaw:
            return f"WRONG: {self.flaw}"
        runs = self.held.index(self.held[-1]) + 1 - (self.struck_in or 0)
        return "same run" if not runs else "next run" if runs == 1 else f"{runs} runs later"


@dataclass
class Column:
    """One fault."""

    fault: str
    cells: dict[str, Cell] = field(default_factory=lambda: {kind.token: Cell() for kind in KINDS})
    runs: int = 0
    settled: bool = False
    """Whether a run succeeded and the next preview had nothing to change."""
    output: str = ""
    """Output of the last run."""

    def flaws(self) -> list[str]:
        """Return all flaws."""
        found = [f"{kind.name}: {flaw}" for kind in KINDS if (flaw := self.cells[kind.token].flaw)]
        return found if self.settled else [*found, f"did not settle in {self.runs} runs:\n{self.output[-3000:]}"]


@contextmanager
def world() -> Iterator[Launch]:
    """Yield a sandbox of its own with the stack created."""
    with tempfile.TemporaryDirectory() as folder:
        environment = new_sandbox(Path(folder) / "sandbox")
        try:
            run(sys.executable, "-m", "launch", "sandbox", "start", environment=environment)
            launch = Launch(folder=Path(folder) / "sandbox")
            Stack(name=SANDBOX, environment=launch.environment()).create()
            yield launch
        finally:
            run(sys.executable, "-m", "launch", "down", environment=environment)


def column(launch: Launch, fault: str) -> Column:
    """Deploy the launch under one fault, from nothing."""
    _empty(launch)
    found = Column(fault)
    while not found.settled and found.runs < MOST_RUNS:
        found.runs += 1
        waiting = [kind for kind in KINDS if found.cells[kind.token].struck_in is None]
        rules = {kind.token: _strike(launch, kind, fault) for kind in waiting}
        done = launch.pulumi("up", "--yes", "--skip-preview", "--continue-on-error", code=None)
        used = {rule["id"]: rule["used"] for rule in admin(launch, "GET", "faults")}
        launch.mend()
        held = Counter(each["type"] for each in launch.state().get("resources", []) if each.get("id"))
        for kind in KINDS:
            cell = found.cells[kind.token]
            if kind.token in rules and used[rules[kind.token]]:
                cell.struck_in = found.runs
            cell.held.append(held[kind.token])
        found.output = done.stdout + done.stderr
        found.settled = done.returncode == 0 and all(cell.struck_in for cell in found.cells.values())
    if found.settled:
        looked = launch.pulumi("preview", "--expect-no-changes", code=None)
        found.settled, found.output = looked.returncode == 0, looked.stdout + looked.stderr
    store = Store(launch.home.store_path)
    for kind in KINDS:
        found.cells[kind.token].there = sum(map(kind.is_ours, store.find(kind.collection)))
    store.close()
    return found


def table(columns: Sequence[Column]) -> str:
    """Return the cells as lines of text."""
    rows = [["", *(each.fault for each in columns)]]
    rows += [[kind.name, *(each.cells[kind.token].text for each in columns)] for kind in KINDS]
    rows.append(["runs", *(str(each.runs) if each.settled else f"{each.runs}, NOT SETTLED" for each in columns)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)


def _strike(launch: Launch, kind: Kind, fault: str) -> str:
    match = {"method": kind.method, "path": kind.path}
    rule = admin(launch, "POST", "faults", match=match, count=STRIKES, **FAULTS[fault])
    return str(rule["id"])


def _empty(launch: Launch) -> None:
    """Clear the clouds and the state."""
    admin(launch, "POST", "reset", scenario="empty")
    for urn in [each["urn"] for each in launch.state().get("resources", [])][::-1]:
        launch.pulumi("state", "delete", urn, "--force", "--yes")


def admin(launch: Launch, method: str, name: str, **body: object) -> Any:  # noqa: ANN401 -- JSON
    """Call the sandbox's own endpoints."""
    answer = httpx.request(
        method,
        f"http://127.0.0.1:{launch.home.ports.cloud}/_sandbox/{name}",
        headers={"Authorization": f"Bearer {launch.home.credentials.admin_token}"},
        json=body or None,
        trust_env=False,
        timeout=60,
    )
    assert answer.is_success, answer.text
    found = answer.json()
    return found.get("faults", found) if isinstance(found, dict) and method == "GET" else found


def main(faults: Sequence[str]) -> int:
    """Print the table of these faults, or of all if none is named."""
    unknown = set(faults) - FAULTS.keys()
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))} (known: {', '.join(FAULTS)})")
        return 1
    with world() as launch:
        columns = []
        for fault in faults or FAULTS:
            columns.append(column(launch, fault))
            print(f"{fault}: {columns[-1].flaws() or 'as it should be'}", file=sys.stderr, flush=True)
    print(table(columns))
    return int(any(each.flaws() for each in columns))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
