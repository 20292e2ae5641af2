"""R37 to R40: pooled connections, the server's age, statistics, dumps, and the role that applies the declaration.

Prevents: a context that survives its transaction on a shared connection, and a dump that silently misses tenants.
"""

from __future__ import annotations

import os
import random
import subprocess
import threading
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest

from database.postgres.connection import SERVER_FLOOR, require_server
from database.postgres.errors import DatabaseError
from database.row_security.row_security import Security, SecurityError
from sandbox.postgres.server import installation
from tests.database.conftest import PASSWORDS, A, B, Database
from tests.releases import RELEASE, since

TRANSACTIONS = 10_000


def test_r37_ten_thousand_interleaved_transactions_over_shared_connections_never_cross(secured: Database) -> None:
    chance = random.Random(37)  # noqa: S311 -- reproducible order, not a secret
    pool = [psycopg.connect(secured.app, autocommit=True, prepare_threshold=1) for _ in range(2)]
    query = "select organization_id, (select count(*) from public.tasks) from public.projects"
    crossed = without = 0
    try:
        for _ in range(TRANSACTIONS):
            connection, tenant, end = chance.choice(pool), chance.choice((A, B, None)), chance.random()
            connection.execute("begin")
            if tenant:
                connection.execute("select public.set_context(%s, %s)", (tenant.user, tenant.organization))
            rows = connection.execute(query).fetchall()
            if tenant is None:
                without += 1
                crossed += rows != []
            else:
                crossed += rows != [(tenant.organization, 1)]
            if end < 0.1:
                with pytest.raises(psycopg.errors.DivisionByZero):
                    connection.execute("select 1 / 0")
            connection.execute("rollback" if end < 0.3 else "commit")
    finally:
        for connection in pool:
            connection.close()
    assert crossed == 0
    assert without > TRANSACTIONS / 4


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_r37_the_context_ends_with_its_transaction(secured: Database, end: str) -> None:
    with psycopg.connect(secured.app, autocommit=True) as connection:
        connection.execute("begin")
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        connection.execute(end.encode())
        after = "select public.current_user_id(), public.current_org_id(), (select count(*) from public.tasks)"
        assert connection.execute(after.encode()).fetchone() == (None, None, 0)


@pytest.mark.parametrize(("version", "safe"), [(150013, False), (150014, True), (170005, False), (180000, True)])
def test_r38_a_server_below_the_floor_is_refused(version: int, safe: bool) -> None:
    assert SERVER_FLOOR[15] == 14
    info = SimpleNamespace(server_version=version, host="host", dbname="neondb")
    connection = cast("psycopg.Connection[Any]", SimpleNamespace(info=info))
    if safe:
        require_server(connection)
    else:
        with pytest.raises(DatabaseError, match="too old to isolate tenants"):
            require_server(connection)


def test_r38_apply_checks_the_floor(scratch: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SERVER_FLOOR, RELEASE, 99)
    with pytest.raises(DatabaseError, match="too old to isolate tenants"):
        scratch.security().apply(PASSWORDS, tolerated=())


def test_r38_statistics_show_no_other_tenant(secured: Database) -> None:
    with psycopg.connect(secured.app) as connection:
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        assert connection.execute("select count(*) from pg_stats where schemaname = 'public'").fetchone() == (0,)
        assert connection.execute("select count(*) from pg_stats_ext").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from pg_statistic")


def test_r38_another_session_of_the_same_role_shows_statements_but_no_bound_value(secured: Database) -> None:
    """PostgreSQL shows a role the statements of its other sessions, with values in their text (docs/tenancy.md)."""
    with psycopg.connect(secured.app) as other, psycopg.connect(secured.app) as connection:
        pid = other.info.backend_pid
        other.execute("select public.set_context(%s, %s)", (B.user, B.organization))
        shown = "select query from pg_stat_activity where pid = %s"
        assert connection.execute(shown, (pid,)).fetchone() == ("select public.set_context($1, $2)",)
        connection.commit()
        other.execute("select id from public.projects where name = %s", ("secret of B",))
        assert connection.execute(shown, (pid,)).fetchone() == ("select id from public.projects where name = $1",)
        connection.commit()
        other.execute("select id from public.projects where name = 'secret of B'")
        assert connection.execute(shown, (pid,)).fetchone() == (
            "select id from public.projects where name = 'secret of B'",
        )


def test_r38_sessions_of_other_roles_show_nothing(secured: Database) -> None:
    with psycopg.connect(secured.service) as other, psycopg.connect(secured.app) as connection:
        other.execute("select 'secret of machines'")
        shown = connection.execute("select query from pg_stat_activity where pid = %s", (other.info.backend_pid,))
        assert shown.fetchone() == ("<insufficient privilege>",)


def test_r39_a_dump_by_the_owner_holds_both_tenants_and_one_by_the_application_fails(secured: Database) -> None:
    def dump(url: str) -> subprocess.CompletedProcess[str]:
        parameters = psycopg.conninfo.conninfo_to_dict(url)
        environment = {**os.environ, "PGPASSWORD": str(parameters["password"])}
        command = [str(installation() / "bin" / "pg_dump"), "--data-only", "--table=public.tasks", "-h", "127.0.0.1"]
        where = ["-p", str(parameters["port"]), "-U", str(parameters["user"]), str(parameters["dbname"])]
        return subprocess.run([*command, *where], env=environment, capture_output=True, text=True, check=False)

    by_owner, by_application = dump(secured.owner), dump(secured.app)
    assert by_owner.returncode == 0
    assert A.id("tasks") in by_owner.stdout
    assert B.id("tasks") in by_owner.stdout
    assert by_application.returncode != 0
    assert "row-level security" in by_application.stderr
    assert A.id("tasks") not in by_application.stdout


def test_an_owner_bound_by_row_security_is_refused_since_its_migrations_would_change_nothing(
    scratch: Database,
) -> None:
    scratch.execute_as_superuser("alter role neondb_owner nobypassrls")
    try:
        with psycopg.connect(scratch.owner) as connection:
            # A sequential scan of the members would evaluate their policy, which reads the members again.
            connection.execute("set enable_seqscan = off")
            assert connection.execute("update public.tasks set title = 'x'").rowcount == 0
        with pytest.raises(SecurityError, match="owns the database but does not hold BYPASSRLS"):
            scratch.security().apply(PASSWORDS, tolerated=())
    finally:
        scratch.execute_as_superuser("alter role neondb_owner bypassrls")


@since(17, "transaction_timeout")
def test_the_database_s_own_timeouts_end_no_apply(scratch: Database) -> None:
    scratch.execute("drop policy tasks_delete on public.tasks")
    with psycopg.connect(scratch.superuser) as other:
        for limit in ("transaction_timeout", "statement_timeout"):
            scratch.execute(f"alter database {scratch.name} set {limit} = '150ms'")
        other.execute("select pg_advisory_xact_lock(hashtextextended('launch security', 0))")
        released = threading.Timer(0.5, other.rollback)
        released.start()
        report = scratch.security().apply(PASSWORDS, tolerated=())
        released.join()
    assert report.done == ("policy tasks_delete on tasks is missing",)


def test_only_the_database_s_owner_may_apply(scratch: Database) -> None:
    security = scratch.security()
    other = Security(url=scratch.app, declaration=security.declaration, checks=security.checks)
    with pytest.raises(SecurityError, match="role prductr_app does not own the database"):
        other.apply(PASSWORDS, tolerated=())


def test_a_pooled_host_is_refused(scratch: Database) -> None:
    security = scratch.security()
    pooled = Security(
        url="postgresql://o:p@ep-x-pooler.eu-central-1.aws.neon.tech/neondb",
        declaration=security.declaration,
        checks=security.checks,
    )
    with pytest.raises(DatabaseError, match="pooled host"):
        pooled.apply(PASSWORDS)
