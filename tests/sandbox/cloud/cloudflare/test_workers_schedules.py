"""Cron triggers. Prevents: a declared upkeep that never runs, because its schedule has another meaning."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from sandbox.cloud.cloudflare.workers.cron import CronError, Expression
from tests.sandbox.cloud.cloudflare.uploading import SCRIPTS, result, upload
from tests.sandbox.cloud.support import Cloud, refused

SUNDAY = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def put(cloud: Cloud, *crons: str, name: str = "echome") -> httpx.Response:
    return cloud.cloudflare.put(f"{SCRIPTS}/{name}/schedules", json=[{"cron": cron} for cron in crons])


def test_the_list_is_replaced_as_a_whole_and_unchanged_entries_keep_their_date(cloud: Cloud) -> None:
    upload(cloud)
    assert result(cloud.cloudflare.get(f"{SCRIPTS}/echome/schedules")) == {"schedules": []}
    first = result(put(cloud, "*/5 * * * *"))["schedules"]
    cloud.clock.advance(60)
    second = result(put(cloud, "0 3 * * *", "*/5 * * * *"))["schedules"]
    assert [one["cron"] for one in second] == ["0 3 * * *", "*/5 * * * *"]
    assert (second[1], second[0]["created_on"] > second[1]["created_on"]) == (first[0], True)
    upload(cloud)
    assert result(cloud.cloudflare.get(f"{SCRIPTS}/echome/schedules"))["schedules"] == second
    assert result(put(cloud)) == {"schedules": []}


def test_an_account_has_five_in_all(cloud: Cloud) -> None:
    upload(cloud)
    upload(cloud, name="other")
    result(put(cloud, "0 * * * *", "1 * * * *", "2 * * * *"))
    result(put(cloud, "0 * * * *", "1 * * * *", name="other"))
    assert refused(put(cloud, "0 * * * *", "1 * * * *", "2 * * * *", name="other")) == (400, 10072)
    cloud.cloudflare.delete(f"{SCRIPTS}/echome").raise_for_status()
    result(put(cloud, "0 * * * *", "1 * * * *", "2 * * * *", name="other"))


def test_an_invalid_request_is_refused(cloud: Cloud) -> None:
    upload(cloud)
    assert refused(put(cloud, "every day")) == (400, 10100)
    assert refused(put(cloud, "* * * * *", "* * * * *")) == (400, 10021)
    assert refused(cloud.cloudflare.put(f"{SCRIPTS}/echome/schedules", json={"schedules": []})) == (400, 6007)
    assert refused(cloud.cloudflare.put(f"{SCRIPTS}/echome/schedules", json=["* * * * *"])) == (400, 6007)
    assert refused(put(cloud, "* * * * *", name="nobody")) == (404, 10007)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("* * * * *", True),
        ("0 12 * * *", True),
        ("1 12 * * *", False),
        ("*/7 * * * *", True),
        ("30/10 * * * *", False),
        ("0 10-12/2 * * *", True),
        ("0 12 * * 1", True),
        ("0 12 * * 7", False),
        ("0 12 * * SUN-TUE", True),
        ("0 12 2 * sun", True),
        ("0 12 2 * mon", False),
        ("0 12 1 MAR *", True),
        ("0 12 1 4 *", False),
    ],
)
def test_weekdays_begin_with_sunday_as_one(text: str, due: bool) -> None:
    assert Expression.of(text).matches(SUNDAY) is due


@pytest.mark.parametrize(
    "text", ["", "* * * *", "60 * * * *", "* * * * 0", "* * L * *", "5-1 * * * *", "*/0 * * * *", "*-3 * * * *"]
)
def test_a_wrong_expression_names_the_part(text: str) -> None:
    with pytest.raises(CronError, match="not"):
        Expression.of(text)
