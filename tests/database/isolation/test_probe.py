"""The probe that `launch verify` runs: it must find a crossing, and must not pass if it examined nothing.

Prevents: a check of isolation that counts 0 rows of an empty table and reports success, and an alarm because of
a lock.
"""

from __future__ import annotations

import psycopg
import pytest

from database.isolation.probe import probe, probe_within
from database.isolation.session import ProbeReport, ProbeSession
from database.isolation.tenants import TABLES
from tests.database.conftest import Database


def test_a_secured_database_shows_no_crossing_and_the_probe_reports_how_much_it_examined(secured: Database) -> None:
    report = probe(secured.app)
    assert report.crossings == []
    assert report.isolated
    assert report.examined["tables"] == 15
    assert report.examined["rows"] == 30
    assert report.examined["statements"] >= 400
    assert report.examined["denials"] >= 100


def test_the_probe_leaves_nothing_behind(secured: Database) -> None:
    def rows() -> list[object]:
        with psycopg.connect(secured.superuser) as connection:
            return [connection.execute(f"select count(*) from public.{table}").fetchone() for table in TABLES]

    before = rows()
    probe(secured.app)
    assert rows() == before


def test_a_wide_open_policy_is_a_crossing_of_its_table(scratch: Database) -> None:
    scratch.execute("alter policy tasks_select on public.tasks using (true)")
    report = probe(scratch.app)
    assert not report.isolated
    assert {crossing.table for crossing in report.crossings} == {"tasks"}


def test_a_database_without_tables_does_not_pass(scratch: Database) -> None:
    scratch.execute("drop schema public cascade", "create schema public")
    report = probe(scratch.app)
    assert not report.isolated
    assert report.examined["tables"] == 0


def test_a_locked_table_ends_the_probe_and_is_no_crossing(secured: Database) -> None:
    with psycopg.connect(secured.owner) as other:
        other.execute("lock table public.tasks in share row exclusive mode")  # as CREATE TRIGGER takes it
        with pytest.raises(psycopg.errors.LockNotAvailable):
            probe(secured.app)


def test_an_attempt_that_times_out_on_a_lock_proves_nothing(secured: Database) -> None:
    with psycopg.connect(secured.owner) as other, psycopg.connect(secured.app) as connection:
        other.execute("lock table public.tasks in exclusive mode")
        connection.execute("set local lock_timeout = '100ms'")
        report = ProbeReport()
        session = ProbeSession(connection, report, stop_at_first=False)
        session.expect("tasks", "select for update", 0, "select id from public.tasks for update")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            session.settle()
        assert (report.crossings, report.examined["denials"]) == ([], 0)


def test_a_lost_connection_ends_the_probe_and_is_no_crossing(secured: Database) -> None:
    with psycopg.connect(secured.app) as connection:
        secured.execute_as_superuser(f"select pg_terminate_backend({connection.info.backend_pid}, 5000)")
        with pytest.raises(psycopg.OperationalError):
            probe_within(connection)
