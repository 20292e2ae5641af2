"""`launch sandbox`: the processes of the sandbox without the stack."""

from __future__ import annotations

from dataclasses import asdict

import click

from launch.report import Answer, Finding, Report, Section, Verdict, plain_verb, verb
from sandbox.base import Home, home_path
from sandbox.processes import lifecycle


@click.group("sandbox")
def sandbox() -> None:
    """Start, stop and inspect the sandbox."""


@plain_verb("start", group=sandbox, help="Start the sandbox and wait until it is ready.")
def start() -> Answer:
    """Return its folder and ports."""
    home = lifecycle.start(home_path())
    document = {"path": str(home.path), "ports": asdict(home.ports)}
    return Answer(document=document, text=f"The sandbox in {home.path} is ready.")


@plain_verb("stop", group=sandbox, help="Stop the sandbox and remove its folder.")
def stop() -> Answer:
    """Return whether there was anything to stop."""
    stopped = lifecycle.stop(home_path())
    return Answer(document={"stopped": stopped}, text="Stopped." if stopped else "There is no sandbox.")


@verb("status", group=sandbox, help="Show each process; the exit code is 1 unless all are ready.")
def status() -> Report:
    """Return a finding for each process. One that is not ready counts as not checked: it prevents other checks."""
    home = Home.load()
    conditions = lifecycle.status(home)
    findings = [
        Finding(
            subject=each.name,
            name="process",
            verdict=Verdict.UNCHECKED if each.trouble else Verdict.PASSED,
            detail=each.trouble or f"ready, process {each.pid}, {each.restarts} restarts",
            remedy="Start it with `make up`." if each.trouble else "",
        )
        for each in conditions
    ]
    return Report(
        title="Sandbox",
        kind="sandbox status",
        facts={"folder": str(home.path)},
        sections=(Section(findings=tuple(findings)),),
        summaries={Verdict.PASSED: "Every process is ready.", Verdict.UNCHECKED: "Not every process is ready."},
        data={"processes": [asdict(each) for each in conditions]},
    )
