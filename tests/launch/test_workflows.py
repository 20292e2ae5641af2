"""The rights of the workflows. Prevents: a fork's code that runs with a secret, a token with more rights than its job
needs, a step whose command cannot be run locally.
"""

from __future__ import annotations

import re

import pytest

from tests.expressions import Value, holds
from tests.workflows import FOLDER, Job, jobs, triggers

JOBS = [pytest.param(job, id=f"{job.workflow}-{job.name}") for job in jobs()]
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
WRITES = {
    ("preview", "comment"): {"pull-requests"},
    ("review", "comment"): {"pull-requests"},
    ("drift", "drift"): {"issues"},
}
"""The jobs that may write anything at GitHub, and what."""


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


OURS, FORK = "prductr-com/launch", "stranger/launch"
CI = {"ci check-and-test", "ci official-plugins"}
TRYING = {"preview preview", "preview comment", "review create", "review comment"}


def pull_request(action: str, head: str) -> dict[str, Value]:
    return {
        "github.event_name": "pull_request",
        "github.event.action": action,
        "github.event.pull_request.head.repo.full_name": head,
    }


EVENTS: dict[str, tuple[dict[str, Value], set[str]]] = {
    "opened": (pull_request("opened", OURS), CI | TRYING),
    "pushed": (pull_request("synchronize", OURS), CI | TRYING),
    "closed": (pull_request("closed", OURS), {"review destroy"}),
    "fork opened": (pull_request("opened", FORK), CI),
    "fork pushed": (pull_request("synchronize", FORK), CI),
    "fork closed": (pull_request("closed", FORK), set()),
    "fork deleted": (pull_request("synchronize", ""), CI),
    "pushed to main": (
        {"github.event_name": "push", "github.ref": "refs/heads/main"},
        CI | {"deploy plan", "deploy apply"},
    ),
    "pushed elsewhere": ({"github.event_name": "push", "github.ref": "refs/heads/topic"}, set()),
    "by the clock": ({"github.event_name": "schedule"}, {"drift drift", "review sweep"}),
    "by hand": (
        {"github.event_name": "workflow_dispatch", "github.ref": "refs/heads/topic"},
        {"drift drift", "review sweep"},
    ),
}
"""What happened, and the jobs that it starts, if all that run succeed."""


def started(event: dict[str, Value]) -> set[str]:
    """Workflow and name of each job that GitHub would run."""
    found: set[str] = set()
    for job in jobs():
        trigger = triggers(job.workflow)
        name = str(event["github.event_name"])
        rule = trigger.get(name) or {}
        types = rule.get("types", ["opened", "synchronize", "reopened"]) if name == "pull_request" else [""]
        branch = str(event.get("github.ref", "")).removeprefix("refs/heads/")
        elsewhere = name == "push" and branch not in rule.get("branches", [branch])
        needed = job.document.get("needs")
        if name not in trigger or event.get("github.event.action", "") not in types or elsewhere:
            continue
        if needed and f"{job.workflow} {needed}" not in found:
            continue
        values = {
            **event,
            "github.repository": OURS,
            "cancelled()": False,
            "needs.preview.outputs.kept": "an id" if needed else "",
        }
        if holds(str(job.document.get("if", "true")), {**values, "true": True}):
            found.add(f"{job.workflow} {job.name}")
    return found


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_starts_these_jobs_and_no_other(name: str) -> None:
    event, expected = EVENTS[name]
    assert started(event) == expected


def test_no_job_that_a_fork_starts_has_a_secret_or_may_write() -> None:
    for name in ("fork opened", "fork pushed", "fork closed", "fork deleted"):
        for job in jobs():
            if f"{job.workflow} {job.name}" in started(EVENTS[name][0]):
                assert not job.has_credentials
                assert set(job.permissions.values()) == {"read"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a == 'x' && b != 'y'", True),
        ("a == 'y' || !(b == 'y')", True),
        ("!none && a == 'X'", True),
        ("${{ !cancelled() && a != '' }}", True),
        ("a == 'x' && none == 'x'", False),
        ("a == b", False),
    ],
)
def test_a_condition_is_judged_as_github_judges_it(condition: str, *, expected: bool) -> None:
    assert holds(condition, {"a": "x", "b": "z", "cancelled()": False}) is expected


@pytest.mark.parametrize("condition", ["a &&", "a = b", "(a", "contains(a, 'b')", "a b", "a > b"])
def test_a_condition_that_cannot_be_judged_is_an_error(condition: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        holds(condition, {"a": "x"})


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
