"""What is said of a review that cannot be read. Prevents: "there is none" where nobody could look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from launch.review import Production, Shown
from launch.stack import Stack, applied, find
from tests.clients import all_closed
from tests.verbs import Result, call


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A production without any review, in a backend of files."""
    folder = tmp_path_factory.mktemp("production")
    for project, name in ((folder, "bare"), (folder / "review", "prductr-review")):
        project.mkdir(exist_ok=True)
        (project / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (folder / "state").mkdir()
    environment = {
        **find().environment(),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    made = Stack(name="prod", environment=applied(environment), folder=folder)
    made.create()
    return made


def show(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setattr("launch.commands.delivery.review.named", lambda _: stack)
    return call("review", "show", "7", "--json")


def test_a_review_without_a_stack_is_said_not_to_exist(production: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    done = show(production, monkeypatch)
    assert done.exit_code == 0
    assert done.document["review"]["finished"] is False


def test_a_kept_report_is_shown_for_its_own_review_alone(
    production: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "review.json"
    kept.write_text(show(production, monkeypatch).stdout)
    monkeypatch.setattr("launch.commands.delivery.review.named", lambda _: pytest.fail("the stack was looked for"))
    again = call("review", "show", "7", "--from", str(kept), "--json")
    assert (again.exit_code, again.document["review"]["pull_request"]) == (0, 7)
    other = call("review", "show", "8", "--from", str(kept), "--json")
    assert (other.exit_code, other.document["error"]) == (1, "this is not the report of review 8")


def test_a_backend_that_is_not_reached_is_an_error(
    production: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = {**production.environment, "PULUMI_BACKEND_URL": f"file://{tmp_path / 'absent'}"}
    done = show(replace(production, environment=gone), monkeypatch)
    assert done.exit_code == 1
    assert "`pulumi config` of stack prod failed" in done.document["error"]


def test_a_review_whose_state_cannot_be_read_is_an_error(production: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Production(production).review_stack(7)
    stack.create()
    (state,) = production.folder.glob("state/.pulumi/stacks/prductr-review/pr-7.json")
    state.write_text('{"version": 3, "checkp')
    monkeypatch.setattr("launch.stack.reading.FIRST_PAUSE", 0.001)
    try:
        done = show(production, monkeypatch)
    finally:
        state.unlink()
    assert done.exit_code == 1
    assert "`pulumi stack output` of stack pr-7 failed" in done.document["error"]


def test_a_production_that_does_not_exist_is_an_error(production: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    done = show(replace(production, name="nowhere"), monkeypatch)
    assert done.exit_code == 1
    assert done.document["error"] == "there is no stack nowhere"


def test_the_connections_of_a_command_end_with_it(production: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(of: Production, number: int) -> Shown:
        of.cloudflare, of.neon  # noqa: B018 -- connects
        return Shown(number, {})

    monkeypatch.setattr("launch.commands.delivery.review.shown", shown)
    with all_closed(2):
        show(production, monkeypatch)
