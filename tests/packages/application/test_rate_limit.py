"""The rate limit through the real drivers and the middleware.

Prevents: a limit that holds in psql and not behind the route, a route that hangs with its database, and numbers in
headers that are not the database's.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
import pytest

from tests.packages.application.conftest import Application
from tests.sql.contract import CONTRACT, FIELDS


def in_time(application: Application, module: str) -> Any:  # noqa: ANN401 -- any JSON value
    """Return the module's value once no call has missed the deadline, as one may before the database has woken."""
    for _ in range(10):
        application.rows("delete from rate_limits")
        found = application.run("await tenants.admit(gus, { deadlineMilliseconds: 10_000 });" + module)
        if "'unavailable'" not in repr(found):
            return found
    raise AssertionError("the limiter was never in time")


@pytest.fixture(autouse=True)
def nothing_counted(application: Application) -> None:
    application.rows("delete from rate_limits")


def test_every_adapter_counts_the_same_calls_and_returns_the_contract_s_fields(application: Application) -> None:
    found = application.run("""
        const limiters = [tenants, forDrizzle(drizzleHttp(sql)), forDrizzlePool(drizzlePool(pool)), forPool(pool)];
        const decisions = [], failures = [];
        for (const limiter of limiters) decisions.push(await limiter.admit(ada, { key: `k${decisions.length}` }));
        for (const limiter of limiters) decisions.push(await limiter.admit(ada, { key: 'k0' }));
        for (const limiter of limiters) {
            failures.push(await failure(() => limiter.admit({ userId: null, organizationId: 'org-acme' })));
            failures.push(await failure(() => limiter.admit({ userId: '' })));
            failures.push(await failure(() => limiter.admit(stranger)));
            failures.push(await failure(() => limiter.admit(ada, { key: 'x'.repeat(256) })));
        }
        show({ decisions, failures });
    """)
    assert all(tuple(decision) == FIELDS for decision in found["decisions"])
    assert [each["remaining"] for each in found["decisions"]] == [99, 98, 97, 96, 96, 96, 96, 95]
    assert [each["counted"] for each in found["decisions"]] == [True] * 4 + [False] * 3 + [True]
    nobody, stranger = ["NoContextError", "no_context"], ["NotAMemberError", "not_a_member"]
    assert found["failures"] == [nobody, nobody, stranger, ["InvalidKeyError", "invalid_key"]] * 4
    assert application.rows("select user_id, cardinality(calls) from rate_limits") == [("user-ada", 5)]


@pytest.mark.parametrize("limiter", ["tenants", "forPool(pool)"])
def test_l02_of_many_requests_at_once_exactly_the_limit_reaches_the_handler(
    application: Application, limiter: str
) -> None:
    application.rows("update rate_limit_plans set calls = 40")
    try:
        found = application.run(f"""
            let handled = 0;
            const GET = withRateLimit(
                {{ limiter: {limiter}, identify: () => ada, unavailable: 'closed' }},
                () => {{ handled += 1; return new Response('fine'); }},
            );
            const statuses = {{}};
            const ask = async () => {{
                for (let number = 0; number < 20; number += 1) {{
                    const {{ status }} = await GET(new Request('http://localhost/api'), {{}});
                    statuses[status] = (statuses[status] ?? 0) + 1;
                }}
            }};
            await Promise.all(Array.from({{ length: 6 }}, ask));
            show({{ statuses, handled }});
        """)
    finally:
        application.rows("update rate_limit_plans set calls = 100")
    unavailable = found["statuses"].get(
        "503", 0
    )  # on a busy machine the deadline may pass; such a call may have counted
    assert found["handled"] == found["statuses"]["200"]
    assert 40 - unavailable <= found["handled"] <= 40
    assert application.rows("select cardinality(calls) from rate_limits") == [(40,)]


def test_l12_the_route_s_responses_are_the_contract_s_and_its_numbers_the_database_s(application: Application) -> None:
    application.rows("update rate_limit_plans set calls = 2")
    try:
        found = in_time(
            application,
            """
            const { GET } = await import('./examples/route.ts');
            const ask = async (cookie) => {
                const answer = await GET(new Request('http://localhost/api/tasks', { headers: { cookie } }), {});
                return [answer.status, Object.fromEntries(answer.headers), await answer.json()];
            };
            const answers = [];
            for (let number = 0; number < 3; number += 1) answers.push(await ask('session=user-ada/org-acme'));
            answers.push(await ask(''), await ask('session=user-ada/org-globex'));
            process.env.ENABLE_RATE_LIMITING = 'false';
            answers.push(await ask('session=user-ada/org-acme'));
            show(answers);
        """,
        )
    finally:
        application.rows("update rate_limit_plans set calls = 100")
    assert [status for status, _, _ in found] == [200, 200, 429, 401, 403, 200]
    for remaining, (_, headers, body) in zip((1, 0), found, strict=False):
        assert len(body) == 100
        assert headers["ratelimit"].startswith(f'"user-day";r={remaining};t=')
        assert {name.lower() for name in CONTRACT["headers"]["always"]} <= headers.keys()
        assert "retry-after" not in headers
    _, denied, problem = found[2]
    assert denied["retry-after"] == denied["x-ratelimit-reset"] == denied["ratelimit"].partition(";t=")[2]
    assert 86390 <= int(denied["retry-after"]) <= 86400
    assert denied["content-type"] == "application/problem+json"
    assert problem["type"] == CONTRACT["answers"]["denied"]["body"]["type"]
    assert problem["violated-policies"] == ["user-day"]
    assert all("ratelimit" not in headers for _, headers, _ in found[3:])
    assert found[5][1]["x-ratelimit-status"] == "off"
    assert application.rows("select cardinality(calls) from rate_limits where user_id = 'user-ada'") == [(2,)]


@pytest.mark.parametrize("limiter", ["tenants", "forDrizzle(drizzleHttp(sql))", "forPool(pool)"])
def test_l11_a_locked_row_delays_no_request_and_no_session_stays_behind(application: Application, limiter: str) -> None:
    with psycopg.connect(application.production.app) as holder:
        holder.execute("select public.set_context('user-ada')")
        holder.execute("select public.admit_call()")
        found = application.run(f"""
            const limiter = {limiter};
            await failure(() => limiter.admit(gus, {{ deadlineMilliseconds: 5000 }})); // connected, and awake
            const heard = [];
            const route = withRateLimit({{ limiter, identify: () => ada,
                onUnavailable: (error, answer) => heard.push([error.code, answer]) }}, () => new Response('read'));
            const took = [], statuses = [];
            for (const method of ['GET', 'POST']) {{
                const started = performance.now();
                statuses.push((await route(new Request('http://localhost/api', {{ method }}), {{}})).status);
                took.push(performance.now() - started);
            }}
            show({{ statuses, heard, took }});
        """)
        assert found["statuses"] == [200, 503]
        assert found["heard"] == [["limiter_unavailable", "open"], ["limiter_unavailable", "closed"]]
        assert max(found["took"]) < 1000
        waiting = "select count(*) from pg_stat_activity where usename = 'prductr_app' and wait_event_type = 'Lock'"
        deadline = time.monotonic() + 10
        while (left := application.rows(waiting)) != [(0,)] and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == [(0,)]
        holder.rollback()
    assert application.run(f"show((await {limiter}.admit(ada, {{ deadlineMilliseconds: 5000 }})).remaining)") == 99


def test_l11_the_route_responds_when_its_database_is_gone(application: Application) -> None:
    found = application.run("""
        neonConfig.fetchEndpoint = 'http://127.0.0.1:9/sql';
        const route = withRateLimit({ limiter: tenants, identify: () => ada }, () => new Response('read'));
        const ask = async (method) => (await route(new Request('http://localhost/api', { method }), {})).status;
        console.error = () => {};
        show([await ask('GET'), await ask('POST')]);
    """)
    assert found == [200, 503]
