"""`launch smoke`: each plugin's command in a fresh copy of each repository, judged by its results."""

from __future__ import annotations

import getpass
from contextlib import suppress
from pathlib import Path

import click

from launch.inputs import folders, shown
from launch.report import Finding, Report, Section, Table, Verdict, verb
from launch.smoke import FILE, Bench, Matrix, Results, Run
from toolchain.report import say

_SUMMARIES = {
    Verdict.PASSED: "Every requested command passed.",
    Verdict.UNCHECKED: "Not every command was run.",
    Verdict.FAILED: "A showstopper was found.",
}


@verb("smoke", help="Run the plugins' commands in copies of the given checkouts, and judge what they leave.")
@click.option("--plan", type=click.Path(dir_okay=False, path_type=Path), help="By default plan/smoke.yaml.")
@click.option("--plugin", "given", multiple=True, metavar="NAME=FOLDER", help="A plugin's folder, for each plugin.")
@click.option("--checkout", "sources", multiple=True, metavar="NAME=FOLDER", help="A checkout, for each repository.")
@click.option("--only", "only", multiple=True, metavar="NAME", help="Only this repository; the others are left out.")
@click.option("--by", "person", default="", help="Who ran it, for the results; by default the name of the login.")
@click.option(
    "--results",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the newest run of each cell in this file.",
)
def smoke(
    *,
    plan: Path | None,
    given: tuple[str, ...],
    sources: tuple[str, ...],
    only: tuple[str, ...],
    person: str,
    path: Path | None,
) -> Report:
    """Run the matrix cell by cell."""
    matrix = Matrix.read(plan or FILE)
    if unknown := sorted(set(only) - matrix.repositories.keys()):
        raise click.UsageError(f"--only names {unknown[0]!r}; known are {', '.join(matrix.repositories)}.")
    results = Results(path) if path else None
    if results:
        results.read()
    bench = Bench(
        matrix=matrix,
        plugins=folders(given, known=matrix.plugins, option="--plugin"),
        checkouts=folders(sources, known=list(matrix.repositories), option="--checkout"),
        by=person or _login(),
    )
    runs: list[Run] = []
    for repository in matrix.repositories:
        for test in matrix.tests if not only or repository in only else ():
            say(f"{test.command} in {repository} …")
            runs.append(bench.run(test, repository))
            if results:
                results.keep(runs[-1:])
    left_out = [name for name in matrix.repositories if only and name not in only]
    return _report(matrix, runs, left_out, results)


def _report(matrix: Matrix, runs: list[Run], left_out: list[str], results: Results | None) -> Report:
    skipped = tuple(
        Finding(subject=name, name="all commands", verdict=Verdict.NOTED, detail="left out on purpose: not run")
        for name in left_out
    )
    rows = tuple(
        (
            each.repository,
            each.command,
            each.runner_version,
            f"{each.plugin_version} {each.plugin_commit[:12]}".strip(),
            each.repository_commit[:12] + (" and changes" if each.repository_changed else ""),
            "" if each.seconds is None else f"{each.seconds:.1f}",
            "" if each.cost_usd is None else f"{each.cost_usd:.2f}",
        )
        for each in runs
    )
    columns = ("repository", "command", "runner", "plugin", "commit", "seconds", "USD")
    kinds = {name: kind for name, kind in matrix.repositories.items() if name not in left_out}
    return Report(
        title="Smoke tests",
        kind="smoke",
        facts={
            "limit": f"{matrix.runner.timeout_seconds:g} s and {matrix.runner.budget_usd:g} USD for each run",
            "repositories": ", ".join(f"{name} ({kind})" for name, kind in kinds.items()),
            "results": shown(results.path) if results else "kept nowhere",
        },
        sections=(
            Section(title="Runs", findings=(*(each.finding for each in runs), *skipped)),
            Section(title="Versions and durations", tables=(Table(columns=columns, rows=rows),), minor=True),
        ),
        summaries=_SUMMARIES,
        data={"runs": [each.document() for each in runs]},
    )


def _login() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "unknown"
