"""Reports at GitHub.

Prevents: a second comment with every push, a stranger's comment that is overwritten, a comment that is too long to be
accepted, an issue that stays open when all is well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.problem import Problem
from launch.publish import publish_comment, publish_issue, publish_part, pull_request, refuse_fork
from launch.publish.marker import body, marker
from launch.report import Finding, Report, Section, Table, Verdict
from tests.clients import all_closed
from tests.github import BOT, LONGEST, TOKEN, World, github
from tests.verbs import call
from vendors import GitHub, GitHubError, RefusedAccessError

REPORT = Report(title="Preview", kind="preview", stack="prod", examined=1)
OTHER = replace(REPORT, facts={"unchanged": "3"})


@pytest.fixture
def world() -> Iterator[World]:
    with github() as found:
        yield found


def client(world: World) -> GitHub:
    return GitHub.of(world.environment())


def test_the_first_report_is_a_new_comment_and_later_ones_renew_it(world: World) -> None:
    address = publish_comment(client(world), 7, REPORT)
    assert [each["body"] for each in world.comments] == [body(REPORT)]
    assert publish_comment(client(world), 7, OTHER) == address
    assert [each["body"] for each in world.comments] == [body(OTHER)]
    world.calls.clear()
    publish_comment(client(world), 7, OTHER)
    assert {method for method, _ in world.calls} == {"GET"}


def test_each_stack_and_each_pull_request_has_its_own(world: World) -> None:
    for number, stack in ((7, "prod"), (7, "pr-7"), (8, "prod"), (7, "prod")):
        publish_comment(client(world), number, replace(REPORT, stack=stack))
    assert [each["issue"] for each in world.comments] == [7, 7, 8]


def test_the_comment_is_found_on_a_later_page(world: World) -> None:
    for _ in range(250):
        world.comment("something else")
    publish_comment(client(world), 7, REPORT)
    for _ in range(100):
        world.comment("something else")
    publish_comment(client(world), 7, OTHER)
    assert [each["body"] for each in world.comments if each["user"]["login"] == BOT] == [body(OTHER)]


def test_the_mark_in_a_strangers_comment_does_not_make_it_ours(world: World) -> None:
    mark = marker("preview", "prod")
    world.comment(f"{mark}\nAll is well, merge me.", login="stranger")
    world.comment(f"> quoted\n{mark}", login=BOT)
    publish_comment(client(world), 7, REPORT)
    assert world.comments[0]["body"].endswith("merge me.")
    assert len(world.comments) == 3


def test_comments_of_two_concurrent_runs_become_one(world: World) -> None:
    for _ in range(3):
        world.comment(body(REPORT), login=BOT)
    publish_comment(client(world), 7, OTHER)
    assert [(each["id"], each["body"]) for each in world.comments] == [(1, body(OTHER))]


LINKS = Report(
    title="Review",
    kind="review show",
    stack="prod",
    examined=1,
    sections=(Section(lines=("<!-- prductr-launch part review -->", "https://pr-7.example")),),
)


def write_part(world: World, report: Report = LINKS) -> None:
    publish_part(client(world), 7, report, name="review", beside="preview")


def test_a_part_and_its_report_share_a_comment_whichever_comes_first(world: World) -> None:
    publish_comment(client(world), 7, OTHER)
    write_part(world)
    (before,) = [each["body"] for each in world.comments]
    world.comments.clear()
    write_part(world)
    publish_comment(client(world), 7, OTHER)
    assert [each["body"] for each in world.comments] == [before]
    assert "unchanged: 3" in before
    assert before.count("https://pr-7.example") == 1


def test_each_is_renewed_without_the_other(world: World) -> None:
    publish_comment(client(world), 7, OTHER)
    for path in ("https://pr-7.example", "https://pr-7.example/new"):
        write_part(world, replace(LINKS, sections=(Section(lines=(path,)),)))
    publish_comment(client(world), 7, REPORT)
    (text,) = [each["body"] for each in world.comments]
    assert "unchanged: 3" not in text
    assert text.count("pr-7.example") == 1
    assert "pr-7.example/new" in text
    world.calls.clear()
    publish_comment(client(world), 7, REPORT)
    assert {method for method, _ in world.calls} == {"GET"}


def test_a_report_and_a_part_that_were_added_at_once_become_one_comment(world: World) -> None:
    write_part(world)
    (part,) = [each["body"] for each in world.comments]
    world.comments.clear()
    world.comment(body(OTHER), login=BOT)
    world.comment(part, login=BOT)
    publish_comment(client(world), 7, REPORT)
    (text,) = [each["body"] for each in world.comments]
    assert text.startswith(body(REPORT))
    assert "pr-7.example" in text


def test_a_persons_token_finds_the_comments_of_that_person(world: World) -> None:
    world.login = "operator"
    publish_comment(client(world), 7, REPORT)
    publish_comment(client(world), 7, OTHER)
    assert [each["user"]["login"] for each in world.comments] == ["operator"]


def test_a_report_of_any_size_fits_into_a_comment(world: World) -> None:
    rows = tuple((f"resource-{number}", "x" * 400) for number in range(2_000))
    large = replace(REPORT, sections=(Section(title="Created", tables=(Table(columns=("what", "why"), rows=rows),)),))
    publish_comment(client(world), 7, large)
    write_part(world, replace(large, kind="review show"))
    text = world.comments[0]["body"]
    assert text.count("more left out") == 2
    assert len(text) <= LONGEST
    assert len(text) > LONGEST * 0.9


def test_no_name_of_a_stack_can_end_the_mark() -> None:
    for name in ("prod --> <b>", "a--b", "", "a b", "pröd\n"):
        with pytest.raises(Problem, match="cannot be the name of a stack"):
            marker("preview", name)
    assert marker("drift", "team/prductr/prod") == "<!-- prductr-launch drift team/prductr/prod -->"


DRIFT = Report(
    title="Drift",
    kind="drift",
    stack="prod",
    sections=(Section(findings=(Finding(subject="dns", name="ttl", verdict=Verdict.FAILED, detail="60"),)),),
)
CLEAN = Report(title="Drift", kind="drift", stack="prod", examined=48)
UNKNOWN = Report(title="Drift", kind="drift", stack="prod", examined=0)


def test_one_issue_is_opened_renewed_closed_and_opened_again(world: World) -> None:
    assert publish_issue(client(world), CLEAN) == ""
    assert world.issues == []
    states = []
    for report in (DRIFT, DRIFT, CLEAN, CLEAN, DRIFT):
        publish_issue(client(world), report)
        states.append([each["state"] for each in world.issues])
    assert states == [["open"], ["open"], ["closed"], ["closed"], ["open"]]
    assert world.issues[0]["title"] == "Drift of stack prod"
    assert world.issues[0]["labels"] == ["drift"]


def test_a_failed_check_changes_no_issue(world: World) -> None:
    assert publish_issue(client(world), UNKNOWN) == ""
    publish_issue(client(world), DRIFT)
    before = dict(world.issues[0])
    publish_issue(client(world), UNKNOWN)
    assert world.issues == [before]


def test_each_stack_has_its_own_issue(world: World) -> None:
    publish_issue(client(world), DRIFT)
    publish_issue(client(world), replace(DRIFT, stack="staging"))
    publish_issue(client(world), replace(CLEAN, stack="staging"))
    assert [each["state"] for each in world.issues] == ["open", "closed"]


def test_a_pull_request_is_no_issue(world: World) -> None:
    publish_issue(client(world), DRIFT)
    world.issues[0]["pull_request"] = {"url": "…"}
    publish_issue(client(world), DRIFT)
    assert len(world.issues) == 2


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"GITHUB_TOKEN": ""}, "there is no token"),
        ({"GITHUB_TOKEN": "a b"}, "GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": "ghs_\n"}, "GITHUB_TOKEN"),
        ({"GITHUB_REPOSITORY": ""}, "OWNER/NAME"),
        ({"GITHUB_REPOSITORY": "owner"}, "OWNER/NAME"),
        ({"GITHUB_REPOSITORY": "owner/name/more"}, "OWNER/NAME"),
        ({"GITHUB_REPOSITORY": "owner/../user"}, "OWNER/NAME"),
        ({"GITHUB_API_URL": "http://api.example.com"}, "unencrypted"),
        ({"GITHUB_API_URL": "ftp://127.0.0.1"}, "unencrypted"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(change: dict[str, str], where: str) -> None:
    good = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "owner/name"}
    assert GitHub.of(good).repository == "owner/name"
    with pytest.raises(GitHubError, match=where) as caught:
        GitHub.of({**good, **change})
    assert caught.value.remedy
    assert TOKEN not in str(caught.value)


def test_a_refused_token_is_reported_and_not_shown(world: World) -> None:
    wrong = GitHub.of({**world.environment(), "GITHUB_TOKEN": "ghs_wrong"})
    with pytest.raises(RefusedAccessError, match="Bad credentials") as caught:
        publish_comment(wrong, 7, REPORT)
    assert "ghs_wrong" not in str(caught.value)
    assert world.comments == []


def test_the_pull_request_comes_from_the_event_or_the_ref(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 12}}))
    assert pull_request({"GITHUB_EVENT_PATH": str(event)}) == 12
    assert pull_request({"GITHUB_REF": "refs/pull/34/merge"}) == 34
    event.write_text(json.dumps({"schedule": "17 5 * * *"}))
    for environment in (
        {},
        {"GITHUB_REF": "refs/heads/main"},
        {"GITHUB_EVENT_PATH": str(event)},
        {"GITHUB_EVENT_PATH": str(tmp_path / "none.json")},
        {"GITHUB_EVENT_PATH": str(tmp_path)},
    ):
        with pytest.raises(Problem, match="--pull-request"):
            pull_request(environment)
    event.write_text("[]")
    with pytest.raises(Problem, match="no pull request is known"):
        pull_request({"GITHUB_EVENT_PATH": str(event)})


@pytest.mark.parametrize(
    ("head", "refused"),
    [("owner/name", None), ("stranger/name", "comes from stranger/name, not from owner/name"), (None, "is gone")],
)
def test_a_pull_request_of_a_fork_is_refused(head: str | None, refused: str | None, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    repository = {"full_name": head} if head else None
    ends = {"head": {"repo": repository}, "base": {"repo": {"full_name": "owner/name"}}}
    event.write_text(json.dumps({"pull_request": {"number": 12, **ends}}))
    if refused is None:
        refuse_fork({"GITHUB_EVENT_PATH": str(event)})
    else:
        with pytest.raises(Problem, match=refused):
            refuse_fork({"GITHUB_EVENT_PATH": str(event)})
    refuse_fork({})


@pytest.mark.parametrize(
    "arguments",
    [
        ("preview", "--comment", "--pull-request", "7"),
        ("drift", "--issue"),
        ("review", "show", "7", "--comment"),
        ("review", "sweep", "--github"),
    ],
    ids=" ".join,
)
def test_a_verb_leaves_no_connection_to_github(world: World, arguments: tuple[str, ...]) -> None:
    with all_closed(1):
        done = call(*arguments, "--stack", "a b", environment=world.environment())
    assert "is not a name of a stack" in done.stderr
