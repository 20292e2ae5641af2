"""Rate limiting rules at the edge. Prevents: a shield that blocks honest users, or nobody."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox.edge.hosts.rate_limits import RateLimits
from sandbox.edge.hosts.rules_language import RuleError
from sandbox.edge.model.messages import Request
from sandbox.edge.model.snapshot import Zone
from sandbox.state.store import Document
from tests.sandbox.edge.serving import Edge

LIMIT: Document = {"characteristics": ["cf.colo.id", "ip.src"], "period": 10, "requests_per_period": 3}
RULE: Document = {
    "id": "1", "version": "1", "action": "block", "expression": 'http.request.uri.path ne "/health"',
    "ratelimit": LIMIT | {"mitigation_timeout": 10},
}  # fmt: skip
ASKED = Request(method="GET", scheme="https", host="a.example", target="/x")


def zone(*rules: Document) -> Zone:
    return Zone(
        id="z", name="example", account="a", serial=1, name_servers=(), records=(), settings={}, redirect_rules=(),
        rate_limits=rules, workers={}, routes=(),
    )  # fmt: skip


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_requests_above_the_rate_are_blocked_for_a_while_and_others_are_not() -> None:
    clock = Clock()
    limits, here = RateLimits(clock), zone(RULE)
    assert [limits.wait(here, ASKED) for _ in range(5)] == [None, None, None, 10, 10]
    assert limits.wait(here, dataclasses.replace(ASKED, visitor="127.0.0.2")) is None
    assert limits.wait(here, dataclasses.replace(ASKED, target="/health")) is None
    clock.now = 9.5
    assert limits.wait(here, ASKED) == 1
    clock.now = 10
    assert [limits.wait(here, ASKED) for _ in range(4)] == [None, None, None, 10]


def test_a_changed_rule_counts_anew_and_one_that_is_off_or_only_logs_blocks_nobody() -> None:
    limits = RateLimits(Clock())
    assert [limits.wait(zone(RULE), ASKED) for _ in range(4)][-1] == 10
    assert limits.wait(zone(RULE | {"version": "2"}), ASKED) is None
    for changed in ({"enabled": False}, {"action": "log", "version": "3"}):
        assert [limits.wait(zone(RULE | changed), ASKED) for _ in range(5)] == [None] * 5


@pytest.mark.parametrize(
    "changed",
    [
        {"ratelimit": LIMIT | {"characteristics": ["ip.geoip.asnum"]}},
        {"action": "managed_challenge"},
        {"expression": "x"},
    ],
)
def test_an_unsimulated_rule_is_named(changed: Document) -> None:
    with pytest.raises(RuleError, match="not simulate"):
        RateLimits(Clock()).wait(zone(RULE | changed), ASKED)


def test_the_edge_answers_429_before_the_worker_is_called(edge: Edge) -> None:
    edge.clouds.launch(workers=False)
    edge.clouds.redirect("www.prductr.com", "prductr.com", enabled=False)
    edge.clouds.rate_limit('http.request.uri.path ne "/health"')
    url = "https://www.prductr.com/"
    answers = [edge.get(url, address="127.0.0.9") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [522, 522, 522, 429]
    assert "1015" in answers[-1].text
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert edge.get(f"{url}health", address="127.0.0.9").status_code == 522
    assert edge.get(url, address="127.0.0.10").status_code == 522
