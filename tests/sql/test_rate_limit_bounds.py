"""L03 to L16 beyond the table of cases: access, crashes, writes of a denial, plans, and a full store.

Prevents: a counter that its user resets, a neighbour who is locked out, and a limiter that fails under its own weight.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from benchmarks.measure import computed
from tests.database.conftest import A, B, Database
from tests.sql.contract import Home

TABLES = ("rate_limits", "rate_limit_plans", "upkeep_jobs")
ADMIT = "select * from public.admit_call()"


@pytest.fixture
def home(scratch: Database) -> Home:
    return Home(scratch)


@pytest.fixture
def app(scratch: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(scratch.app, row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "select * from public.{}",
        "select count(*) from public.{}",
        "select 1 from public.{} for update",
        "lock table public.{} in access share mode",
        "delete from public.{}",
        "truncate public.{}",
        "update public.{} set {column} = {column}",
        "insert into public.{} ({column}) values ('a')",
        "copy public.{} to stdout",
    ],
)
def test_l03_no_role_of_the_application_reads_locks_or_changes_the_limiters_rows(
    scratch: Database, home: Home, table: str, statement: str
) -> None:
    home.take(A.user)
    column = {"rate_limits": "user_id", "rate_limit_plans": "plan", "upkeep_jobs": "job"}[table]
    for url in (scratch.app, scratch.service):
        with psycopg.connect(url) as connection:
            connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"table {table}"):
                connection.execute(statement.format(table, column=column).encode())


@pytest.mark.parametrize(
    ("role", "call"),
    [
        ("service", "admit_call()"),
        ("app", "trim_rate_limits(1)"),
        ("app", "trim_analytics('400 days', 1)"),
        ("app", "trim_file_locks(1)"),
        ("app", "record_upkeep('analytics', 1)"),
        ("app", "require_batch(1)"),
        ("service", "require_batch(1)"),
    ],
)
def test_l03_each_function_belongs_to_one_role_alone(scratch: Database, role: str, call: str) -> None:
    with (
        psycopg.connect(getattr(scratch, role)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for function"),
    ):
        connection.execute(f"select public.{call}".encode())


def test_l03_the_user_comes_from_the_context_and_a_shadow_of_the_tables_is_not_read(
    app: psycopg.Connection[Any], scratch: Database, home: Home
) -> None:
    scratch.execute(f"grant temporary on database {scratch.name} to prductr_app")  # otherwise it could make none
    home.configure(2, 100)
    for _ in range(2):
        home.take(A.user)
    app.execute("create temporary table rate_limits (user_id text, calls timestamptz[])")
    app.execute(
        "create function pg_temp.clock_timestamp() returns timestamptz language sql return 'infinity'::timestamptz"
    )
    app.execute("set local search_path = pg_temp, public, pg_catalog")
    app.execute("select public.set_context(%s)", (A.user,))
    denied = app.execute(ADMIT).fetchone()
    app.execute("select public.set_context(%s)", (B.user,))
    admitted = app.execute(ADMIT).fetchone()
    assert denied is not None
    assert admitted is not None
    assert (denied["admitted"], admitted["admitted"], admitted["remaining"]) == (False, True, 1)


def test_l03_deleting_an_account_and_signing_up_again_gives_no_new_allowance(
    app: psycopg.Connection[Any], home: Home
) -> None:
    home.configure(1, 100)
    home.take(A.user)
    app.execute("select public.set_context(%s)", (A.user,))
    assert app.execute("delete from public.users where id = %s", (A.user,)).rowcount == 1
    app.execute("insert into public.users (id, email) values (%s, 'again@example.com')", (A.user,))
    denied = app.execute(ADMIT).fetchone()
    assert denied is not None
    assert denied["admitted"] is False


def test_l03_a_call_that_is_held_open_delays_its_own_user_alone(
    app: psycopg.Connection[Any], scratch: Database, home: Home
) -> None:
    home.take(A.user)
    app.execute("select public.set_context(%s)", (A.user,))
    app.execute(ADMIT)
    with psycopg.connect(scratch.app) as other:
        other.execute("set statement_timeout = '500ms'")
        other.execute("select public.set_context(%s)", (B.user,))
        other.execute(ADMIT)
        other.commit()
        other.execute("select public.set_context(%s)", (A.user,))
        with pytest.raises(psycopg.errors.QueryCanceled):
            other.execute(ADMIT)


@pytest.mark.parametrize("context", [(None, None), ("", ""), (None, A.organization)])
def test_l14_without_a_user_the_call_is_refused_and_nothing_is_counted(
    app: psycopg.Connection[Any], scratch: Database, context: tuple[str | None, str | None]
) -> None:
    app.execute("select public.set_context(%s, %s)", context)
    with pytest.raises(psycopg.Error) as refused:
        app.execute(ADMIT)
    assert refused.value.sqlstate == "TN001"
    with psycopg.connect(scratch.owner) as owner:
        assert owner.execute("select count(*) from public.rate_limits").fetchone() == (0,)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_empty_or_too_long_key_is_refused(app: psycopg.Connection[Any], key: str) -> None:
    app.execute("select public.set_context(%s)", (A.user,))
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        app.execute("select * from public.admit_call(%s)", (key,))


def test_l04_a_call_whose_transaction_ends_in_no_commit_is_not_counted(scratch: Database, home: Home) -> None:
    with psycopg.connect(scratch.app) as connection:
        connection.execute("select public.set_context(%s)", (A.user,))
        connection.execute(ADMIT)
        pid = connection.info.backend_pid
        scratch.execute_as_superuser(f"select pg_terminate_backend({pid})")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert home.stored(A.user) == 0
    assert home.take(A.user)["remaining"] == 99


def test_a_call_that_waited_counts_from_the_moment_it_is_admitted(scratch: Database, home: Home) -> None:
    """The clock is read inside the lock: a wait, even for a transaction that is rolled back, backdates no call."""
    home.take(A.user)
    with psycopg.connect(scratch.app) as holder:
        holder.execute("select public.set_context(%s)", (A.user,))
        holder.execute(ADMIT)
        waiting = threading.Thread(target=home.take, args=(A.user,))
        waiting.start()
        time.sleep(0.6)
        holder.rollback()
        with psycopg.connect(scratch.owner) as owner:
            released = owner.execute("select clock_timestamp()").fetchone()
        waiting.join(30)
    assert not waiting.is_alive()
    with psycopg.connect(scratch.owner) as owner:
        found = owner.execute("select calls from public.rate_limits where user_id = %s", (A.user,)).fetchone()
    assert found is not None
    assert released is not None
    assert len(found[0]) == 2
    assert (released[0] - found[0][1]).total_seconds() < 0.3


def test_l05_a_denied_call_writes_nothing_not_even_a_lock(scratch: Database, home: Home) -> None:
    home.configure(1, 3600)
    home.take(A.user)
    with psycopg.connect(scratch.app) as connection:
        connection.execute("select public.set_context(%s)", (A.user,))
        for _ in range(20):
            row = connection.execute("select admitted, pg_current_xact_id_if_assigned() from public.admit_call()")
            assert row.fetchone() == (False, None)


def test_l10_storage_is_one_row_a_user_and_one_entry_for_each_call_that_counts(scratch: Database, home: Home) -> None:
    for _ in range(130):
        home.take(A.user, "k" * 255)
    with psycopg.connect(scratch.owner) as owner:
        row = owner.execute(
            "select count(*), max(cardinality(calls)), max(pg_column_size(r)) from public.rate_limits r"
        ).fetchone()
    assert row is not None
    assert row[:2] == (1, 100)
    assert row[2] < 4096


def test_l10_cleaning_is_bounded_repeatable_and_waits_for_nobody(
    app: psycopg.Connection[Any], scratch: Database, home: Home
) -> None:
    home.configure(5, 100)
    for number in range(10):
        home.take(f"user-{number}")
    home.travel(101)
    home.take("user-0")
    app.execute("select public.set_context('user-1')")
    app.execute(ADMIT)  # holds the row
    with psycopg.connect(scratch.service, autocommit=True) as service:
        service.execute("set lock_timeout = '1s'")
        removed = [service.execute("select public.trim_rate_limits(3)").fetchone() for _ in range(4)]
    assert removed == [(3,), (3,), (2,), (0,)]
    assert home.stored("user-0") == 1
    app.rollback()
    assert home.clean() == 1


def test_l13_the_plan_is_the_organization_s_and_an_unknown_one_has_the_default(
    app: psycopg.Connection[Any], scratch: Database
) -> None:
    scratch.execute(
        "insert into public.rate_limit_plans values ('team', 5, 50)",
        f"update public.organizations set plan = 'team' where id = '{A.organization}'",
        f"update public.organizations set plan = 'gold' where id = '{B.organization}'",
    )
    found = {}
    for user, organization in ((A.user, A.organization), (B.user, B.organization), (B.user, A.organization)):
        app.execute("select public.set_context(%s, %s)", (user, organization))
        row = app.execute(ADMIT).fetchone()
        assert row is not None
        found[user, organization] = (row["limit"], row["window_seconds"], row["remaining"])
    assert found == {
        (A.user, A.organization): (5, 50, 4),
        (B.user, B.organization): (100, 86400, 99),
        (B.user, A.organization): (100, 86400, 98),  # no member: the default
    }


def test_l13_a_plan_with_a_short_window_makes_a_long_one_forget_nothing(scratch: Database, home: Home) -> None:
    """One user in two organizations: calls count for both, each in its own window."""
    scratch.execute(
        "insert into public.rate_limit_plans values ('burst', 50, 10)",
        f"update public.organizations set plan = 'burst' where id = '{A.organization}'",
    )
    home.configure(3, 1000)
    for _ in range(3):
        home.take(A.user)
    home.travel(20)
    with home.connection() as connection:
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        short = connection.execute(ADMIT).fetchone()
        connection.commit()
    assert short is not None
    assert (short["limit"], short["remaining"], short["reset_seconds"]) == (50, 49, 10)
    assert home.clean() == 0
    denied = home.take(A.user)
    assert (denied["admitted"], denied["remaining"]) == (False, 0)
    assert home.stored(A.user) == 4


@pytest.mark.parametrize("limit", [0, 1])
def test_a_limit_of_nothing_admits_nothing(home: Home, limit: int) -> None:
    home.configure(1, 100)
    home.take(A.user)
    home.configure(limit, 100)
    assert home.take(A.user)["admitted"] is False
    denied = home.take(B.user)
    assert (denied["admitted"], denied["reset_seconds"]) == (limit == 1, 100)


def test_without_a_default_plan_a_call_fails_with_a_clear_error(scratch: Database, home: Home) -> None:
    scratch.execute("delete from public.rate_limit_plans")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="no plan"):
        home.take(A.user)


def test_l16_among_100_000_users_with_full_rows_a_call_takes_less_than_5_ms(scratch: Database, home: Home) -> None:
    """The server's own CPU time counts, which other load does not affect; the benchmark measures wall time."""
    scratch.execute(
        "insert into public.rate_limits (user_id, calls, key_hashes, key_retries) select 'user-' || u, "
        "array(select clock_timestamp() - make_interval(secs => 100 - c) from generate_series(1, 99) c), "
        "array_fill(null::bigint, array[99]), array_fill(0::smallint, array[99]) from generate_series(1, 100000) u",
        "vacuum analyze public.rate_limits",
    )
    took = []
    with home.connection() as connection:
        for number in range(1000):
            connection.execute("select public.set_context(%s)", (f"user-{number * 97 % 100000 + 1}",))
            before = computed(connection)
            row = connection.execute(ADMIT).fetchone()
            took.append(computed(connection) - before)
            connection.commit()
            assert row is not None
            assert row["remaining"] == 0
    assert statistics.quantiles(took, n=100)[98] < 0.005
