"""On paper everything was ready to launch, but nobody had ever run it. Here one command runs it from nothing."""

from __future__ import annotations

import re

from tests.end_to_end.world import Done, Launch

HOSTS = ("prductr.com", "www.prductr.com", "dashboard.prductr.com", "conductor.prductr.com", "echome.prductr.com")


def test_one_command_deploys_and_verifies_the_launch_and_shows_where_to_look(first_up: tuple[Launch, Done]) -> None:
    launch, done = first_up
    for host in HOSTS:
        assert re.search(rf"http://{re.escape(host)}\.localhost:{launch.home.ports.edge_http}/", done.stdout), (
            done.stdout
        )


def test_a_second_plan_and_a_refresh_find_nothing_to_change(first_up: tuple[Launch, Done]) -> None:
    launch, _ = first_up
    launch.pulumi("preview", "--expect-no-changes")
    launch.pulumi("refresh", "--preview-only", "--expect-no-changes")


def test_a_second_up_changes_nothing(first_up: tuple[Launch, Done]) -> None:
    launch, _ = first_up
    before = launch.resources()
    again = launch.launch("up")
    assert re.search(r"\d+ unchanged", again.stderr), again.stderr
    assert not re.search(r"\d+ (created|updated|deleted|replaced|changed)", again.stderr), again.stderr
    assert launch.resources() == before


def test_every_check_of_verify_is_green_and_all_tables_were_examined(first_up: tuple[Launch, Done]) -> None:
    launch, _ = first_up
    report = launch.verified(code=0)
    verdicts = {check["verdict"] for check in report["checks"]}
    assert verdicts == {"passed"}, report
    assert len(report["checks"]) >= len(HOSTS)
    assert launch.outputs()["isolation"]["tables"] == 18
    assert launch.outputs()["isolation"]["policies"] == 60
