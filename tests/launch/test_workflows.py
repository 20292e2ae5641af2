"""The rights of the workflows. Prevents: a fork's code that runs with a secret, a token with more rights than its job
needs, a step whose command cannot be run locally.
"""

from __future__ import annotations

import re

import pytest

from tests.workflows import FOLDER, Job, jobs, triggers

JOBS = [pytest.param(job, id=f"{job.workflow}-{job.name}") for job in jobs()]
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
WRITES = {("preview", "comment"): {"pull-requests"}, ("drift", "drift"): {"issues"}}
"""The jobs that may write at GitHub, and their permissions."""


def test_the_workflows_exist_and_none_runs_for_a_fork_with_rights() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {"ci", "deploy", "drift", "preview", "review"}
    for path in FOLDER.iterdir():
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers(path.stem)), path.name


@pytest.mark.parametrize("job", JOBS)
def test_each_command_is_make_or_launch_and_takes_nothing_from_an_event(job: Job) -> None:
    assert job.runs
    for command in job.runs:
        assert re.match(r"(make|\.venv/bin/launch) ", command), command
        assert "${{" not in command, "an event's text would be part of the script: hand it in by env"
        assert not re.search(r"[;|`]|&&|\$\(", command), command


@pytest.mark.parametrize("job", JOBS)
def test_each_job_has_a_limit_and_the_least_rights(job: Job) -> None:
    assert 0 < job.document["timeout-minutes"] <= 60
    writes = {name for name, right in job.permissions.items() if right != "read"}
    assert writes == WRITES.get((job.workflow, job.name), set())
    for step in job.steps:
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("job", JOBS)
def test_no_pull_request_of_a_fork_reaches_a_secret_or_a_right_to_write(job: Job) -> None:
    started = set(triggers(job.workflow))
    guarded = SAME_REPOSITORY in str(job.document.get("if"))
    if "pull_request" not in started:
        return
    if job.has_credentials:
        other = re.fullmatch(r"github\.event_name != 'pull_request'", str(job.document.get("if")))
        assert guarded or other
    if job.workflow == "ci":
        assert not job.has_credentials
        assert set(job.permissions.values()) <= {"read"}
    # Where a token may write, the program is the target branch's, and the proposed one is text.
    if any(right != "read" for right in job.permissions.values()):
        checkouts = [step for step in job.steps if "checkout" in step.get("uses", "")]
        assert [step["with"]["ref"] for step in checkouts] == ["${{ github.event.pull_request.base.sha }}"]
        assert not job.has_credentials
        needed = job.document["needs"]
        assert any(each.name == needed and SAME_REPOSITORY in str(each.document["if"]) for each in jobs(job.workflow))


def test_a_deployment_waits_for_its_reviewers_and_is_never_cancelled() -> None:
    plan, apply = jobs("deploy")
    assert (plan.document["environment"], apply.document["environment"]) == ("production-watch", "production")
    assert plan.document["if"] == "github.ref == 'refs/heads/main'"
    assert apply.document["needs"] == "plan"
    text = (FOLDER / "deploy.yml").read_text()
    assert "cancel-in-progress: true" not in text
    assert [step["with"]["name"] for step in (*plan.steps, *apply.steps) if "artifact" in step.get("uses", "")] == [
        "reviewed",
        "reviewed",
    ]


def test_ci_has_a_leg_with_the_official_plugins() -> None:
    official = next(job for job in jobs("ci") if job.name == "official-plugins")
    assert "make test-end-to-end" in official.runs
    assert "make plugins" in official.runs
    assert any(step.get("env", {}).get("LAUNCH_PLUGINS") == "official" for step in official.steps)
