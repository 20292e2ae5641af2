"""The pages, repositories and mail of the listing. Prevents: a listing with dead links."""

from __future__ import annotations

from dataclasses import replace

import pytest

from launch.marketplace import readiness
from launch.report import Verdict
from tests.database.conftest import scratch, server, template
from tests.launch.marketplace.plugin import LISTING
from tests.launch.verify.conftest import Launch, launch_edge, launched

__all__ = ["launch_edge", "launched", "scratch", "server", "template"]


def look(
    launch: Launch, support: str = LISTING.support, privacy: str = LISTING.privacy
) -> dict[str, tuple[Verdict, str]]:
    listing = replace(LISTING, support=support, privacy=privacy)
    found = readiness(listing, launch.environment)
    return {f"{each.subject}/{each.name}": (each.verdict, each.detail) for each in found}


def mail(launch: Launch, *records: tuple[str, str, str]) -> None:
    for kind, name, content in records:
        launch.clouds.record(name, kind, content)


def test_existing_pages_and_working_mail_pass_and_github_is_not_simulated(launched: Launch) -> None:
    mail(
        launched,
        ("MX", "prductr.com", "mx.example.com"),
        ("TXT", "prductr.com", '"v=spf1 mx ~all"'),
        ("TXT", "_dmarc.prductr.com", '"v=DMARC1; p=none"'),
    )
    found = look(launched)
    repositories = {key for key in found if key.endswith("/repository")}
    assert len(repositories) == 4
    assert {found[key][0] for key in repositories} == {Verdict.UNCHECKED}
    others = {key: each for key, each in found.items() if key not in repositories}
    assert {key: each for key, each in others.items() if each[0] is not Verdict.PASSED} == {}
    assert len(others) == 7


@pytest.mark.parametrize(
    ("records", "wrong"),
    [
        ([], {"mail servers": "has no MX record", "mail senders": "has no DMARC record"}),
        ([("MX", "prductr.com", ".")], {"mail servers": "receives no mail", "mail senders": "has no DMARC record"}),
        (
            [("MX", "prductr.com", "mx.example.com"), ("TXT", "prductr.com", '"v=spf1 mx ~all"')],
            {"mail senders": "has no DMARC record"},
        ),
        (
            [
                ("MX", "prductr.com", "mx.example.com"),
                ("TXT", "prductr.com", '"v=spf1 -all"'),
                ("TXT", "_dmarc.prductr.com", '"v=DMARC1; p=none"'),
            ],
            {"mail senders": "allows nobody to send"},
        ),
    ],
)
def test_each_missing_part_of_mail_is_named(
    launched: Launch, records: list[tuple[str, str, str]], wrong: dict[str, str]
) -> None:
    mail(launched, *records)
    found = {key.partition("/")[2]: each for key, each in look(launched).items() if key.startswith("prductr.com/")}
    assert {name for name, (verdict, _) in found.items() if verdict is Verdict.FAILED} == wrong.keys()
    details = {name: found[name][1] for name in wrong}
    assert {name: part for name, part in wrong.items() if part not in details[name]} == {}, details


def test_a_page_that_is_missing_or_elsewhere_fails(launched: Launch) -> None:
    found = look(launched, support="https://prductr.com/nowhere", privacy="https://dashboard.prductr.com/")
    assert "404" in found["prductr/support page"][1]
    assert found["prductr/support page"][0] is Verdict.FAILED
