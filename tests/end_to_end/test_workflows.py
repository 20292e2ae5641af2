"""Every command of every workflow, run as in a job: against the sandbox, with a stand-in for GitHub's API.

Prevents: a workflow that was never run and fails on the day on which it is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contract.paths import PROJECT
from launch.cli import launch as command_line
from launch.publish.marker import marker
from tests.end_to_end.world import Launch
from tests.github import World, github
from tests.workflows import Job, jobs

COMMIT = "0123456789abcdef0123456789abcdef01234567"
EVENT = {
    "github.event.pull_request.number": "7",
    "github.event.pull_request.head.sha": COMMIT,
    "github.event.pull_request.head.ref": "fix/title",
    "github.event.pull_request.base.sha": COMMIT,
}
_EXPRESSION = re.compile(r"\$\{\{ *([\w.]+) *\}\}")


@pytest.fixture
def world() -> Iterator[World]:
    with github() as found:
        yield found


class Runner:
    """A machine that runs jobs one after the other; artifacts persist between them."""

    def __init__(self, launch: Launch, world: World, folder: Path) -> None:
        self.launch, self.world, self.folder = launch, world, folder
        self.ran: list[str] = []
        self.summary = folder / "summary.md"
        (folder / "artifacts").mkdir()

    def run(self, job: Job, *, code: int = 0) -> str:
        """Run a job's steps in a folder of its own; the last command ends with `code`. Return their output."""
        place = self.folder / f"{job.workflow}-{job.name}-{len(self.ran)}"
        place.mkdir()
        (place / ".venv").symlink_to(PROJECT / ".venv")
        output, left = "", len(job.runs)
        for step in job.steps:
            if "artifact" in step.get("uses", ""):
                self._artifact(step, place)
            elif "run" in step:
                left -= 1
                output += self._command(step, job, place, code if left == 0 else 0)
        return output

    def _artifact(self, step: dict[str, Any], place: Path) -> None:
        name = f"{step['with']['name']}.json"
        kept = self.folder / "artifacts" / name
        if "upload" in step["uses"]:
            assert step["with"]["path"] == name
            shutil.copy(place / name, kept)
        else:
            shutil.copy(kept, place / name)

    def _command(self, step: dict[str, Any], job: Job, place: Path, code: int) -> str:
        command: str = step["run"]
        self.ran.append(command)
        given = {**job.document.get("env", {}), **step.get("env", {})}
        environment = self.launch.environment(
            **self._secrets(job), **{k: self._value(str(v)) for k, v in given.items()}
        )
        # As on GitHub: only steps that request the token have it.
        environment = {k: v for k, v in environment.items() if k not in ("GITHUB_TOKEN", "GH_TOKEN") or k in given}
        where = PROJECT if command.startswith("make ") else place
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=where,
            env={**environment, "PULUMI_STACK": "sandbox", "PULUMI_BACKEND_URL": self.launch.home.state_backend},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _secrets(self, job: Job) -> dict[str, str]:
        """Return the variables that GitHub itself sets, with credentials only if the job has them."""
        github = {name: value for name, value in self.world.environment().items() if name != "GITHUB_TOKEN"}
        blank = {} if job.has_credentials else dict.fromkeys(("CLOUDFLARE_API_TOKEN", "NEON_API_KEY"), "")
        return {**github, **blank, "GITHUB_SHA": COMMIT, "GITHUB_REF": "refs/pull/7/merge", **self._files()}

    def _files(self) -> dict[str, str]:
        return {"GITHUB_STEP_SUMMARY": str(self.summary)}

    def _value(self, text: str) -> str:
        environment = self.launch.environment()

        def known(found: re.Match[str]) -> str:
            kind, _, name = found[1].partition(".")
            if kind in ("secrets", "vars"):
                return environment.get(name, "")
            return self.world.environment()["GITHUB_TOKEN"] if found[1] == "github.token" else EVENT[found[1]]

        return _EXPRESSION.sub(known, text)


def job(workflow: str, name: str) -> Job:
    return next(each for each in jobs(workflow) if each.name == name)


def test_a_change_is_previewed_deployed_as_reviewed_and_its_drift_reported(
    launched: Launch, world: World, tmp_path: Path
) -> None:
    runner = Runner(launched, world, tmp_path)
    by_hand = launched.records()["prductr.com", "A"]
    launched.cloudflare("PATCH", f"/zones/{launched.zone()}/dns_records/{by_hand}", ttl=60)

    # The drift is one issue, and the job is red.
    runner.run(job("drift", "drift"), code=2)
    assert [(each["title"], each["state"]) for each in world.issues] == [("Drift of stack sandbox", "open")]
    assert "dns-apex" in world.issues[0]["body"]

    # The pull request's comment says what a deployment would do about it, and where to try it; a push renews it.
    # Whichever of the two jobs comes first makes the comment, and a push renews it.
    runner.run(job("preview", "preview"))
    runner.run(job("preview", "comment"))
    runner.run(job("review", "create"))
    runner.run(job("review", "comment"))
    runner.run(job("preview", "comment"))
    assert len(world.comments) == 1
    text = world.comments[0]["body"]
    assert text.startswith(marker("preview", "sandbox"))
    assert "| ttl | 60 | 300 |" in text
    assert "pr-7 can be tried out until" in text

    # Exactly the plan is applied, and the drift ends.
    runner.run(job("deploy", "plan"))
    assert "| ttl | 60 | 300 |" in runner.summary.read_text()
    output = runner.run(job("deploy", "apply"))
    assert "Deployed as reviewed, and verified." in output
    assert "restore point" in output
    runner.run(job("drift", "drift"))
    assert [each["state"] for each in world.issues] == ["closed"]

    # A review lives while its pull request is open, and is swept even if no workflow saw the pull request close.
    world.pulls[7] = "open"
    assert "kept: pr-7" in runner.run(job("review", "sweep"))
    world.pulls[7] = "closed"
    assert "its pull request is closed" in runner.run(job("review", "sweep"))
    runner.run(job("review", "destroy"))

    # The same plan again, after somebody has made another change: nothing is applied.
    launched.cloudflare("PATCH", f"/zones/{launched.zone()}/dns_records/{by_hand}", ttl=120)
    before = launched.resources()
    output = runner.run(job("deploy", "apply"), code=2)
    assert "nothing was deployed" in output
    assert "dns-apex" in output
    assert launched.cloudflare("GET", f"/zones/{launched.zone()}/dns_records/{by_hand}")["ttl"] == 120
    assert launched.resources().keys() == before.keys()


@pytest.mark.parametrize("each", [pytest.param(each, id=f"{each.workflow}-{each.name}") for each in jobs()])
def test_every_command_of_the_other_jobs_exists_with_its_options(each: Job) -> None:
    for command in each.runs:
        words = re.sub(r"[<>]+ *\S+", "", command).split()
        if words[0] == "make":
            done = subprocess.run(
                ["make", "--dry-run", *words[1:]],
                cwd=PROJECT,
                capture_output=True,
                text=True,
                env=os.environ,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout
            continue
        assert words[0] == ".venv/bin/launch"
        values = [
            EVENT["github.event.pull_request.number"] if word == '"$NUMBER"' else word.strip('"') for word in words
        ]
        # All options are parsed, and nothing is done: --help takes precedence.
        result = CliRunner().invoke(command_line, [*values[1:], "--help"])
        assert result.exit_code == 0, result.output
        for option in (word for word in words if word.startswith("--")):
            assert option in result.output, (command, option)
