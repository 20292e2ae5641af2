"""A vendor created a resource and its response was lost: no later run succeeded, or a second database was created.

`make lost-answers` runs the whole table; here are the known fault, and strangers in place of declared resources.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.lost_answers import admin, column, table, world
from tests.end_to_end.world import Launch


@pytest.mark.timeout(1200)
def test_plain_up_after_every_lost_answer_converges_to_exactly_one_of_everything() -> None:
    with world() as launch:
        found = column(launch, "lost answer")
    print(table([found]))
    assert found.flaws() == [], table([found])


def test_a_record_made_by_hand_ends_the_run_before_anything_is_made(launched: Launch) -> None:
    record = launched.records()["www.prductr.com", "AAAA"]
    path = f"/zones/{launched.zone()}/dns_records/{record}"
    (urn,) = [each for each in launched.resources() if each.endswith("::dns-www")]
    launched.pulumi("state", "delete", urn, "--force", "--yes")
    launched.cloudflare("PATCH", path, comment="by hand")
    before = launched.changes()
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        done = launched.pulumi(*command, code=None)
        output = done.stdout + done.stderr
        assert done.returncode != 0, output
        assert "DnsRecord dns-www: DNS record AAAA www.prductr.com exists already and is not this stack's" in output
        assert f"`pulumi import` with the id {launched.zone()}/{record}" in output
        assert "nothing was changed" in output
    assert launched.changes() == before
    launched.cloudflare("PATCH", path, comment="prductr launch stack")
    done = launched.pulumi("up", "--yes", "--skip-preview")
    assert "= 1 imported" in done.stdout, done.stdout
    assert launched.records()["www.prductr.com", "AAAA"] == record
    launched.pulumi("preview", "--expect-no-changes")
    launched.pulumi("refresh", "--preview-only", "--expect-no-changes")


def test_a_clean_preview_looks_nothing_up_but_the_zone(launched: Launch) -> None:
    admin(launched, "GET", "requests?clear")
    launched.pulumi("preview", "--expect-no-changes")
    asked = [f"{each['method']} {each['path']}" for each in admin(launched, "GET", "requests")["requests"]]
    assert asked.count("GET /client/v4/zones") == 1
    # The other calls are those that the Vercel provider makes in each run, and the lookup of the limiter's Worker.
    others = ("GET /dcs", "GET /frameworks", "GET /vercel/v2/teams/", "GET /client/v4/accounts/")
    assert {each for each in asked if not each.startswith(others)} == {"GET /client/v4/zones"}
    assert not [each for each in asked if each.endswith(("/rum/site_info/list", "/workers/domains"))]
