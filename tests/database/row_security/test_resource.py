"""The resource RowSecurity: check rejects, diff decides, one apply serves create and update, read returns the state.

Prevents: a provider that reports success without acting, a refresh that echoes the old state, a destroy that opens the
database.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import psycopg
import pytest

from components.migrations import LOOK_SECONDS
from components.row_security import RowSecurityProvider
from database.isolation.probe import probe
from database.postgres.connection import WAKE_SECONDS
from database.postgres.errors import BusyError, DatabaseError, RefusedError, UnreachableError
from database.row_security.declaration import Declaration
from tests.database.conftest import PASSWORDS, SQL, Database

PROVIDER = RowSecurityProvider()


def inputs(database: Database) -> dict[str, Any]:
    return {
        "database_url": database.owner,
        "application_password": PASSWORDS["prductr_app"],
        "service_password": PASSWORDS["prductr_service"],
        "schema_version": "0010",
        "directory": "sql/security",
        "checksum": Declaration(SQL / "security").checksum(),
        "remove_foreign": False,
        "fingerprint": None,
        "summary": None,
        "unprotected": None,
        "foreign": None,
        "drift": None,
    }


def test_check_accepts_complete_inputs_and_tolerates_unknown_ones(secured: Database) -> None:
    news = inputs(secured)
    assert PROVIDER.check({}, news).failures == []
    unknown = news | dict.fromkeys(("database_url", "application_password", "service_password"), object())
    assert PROVIDER.check({}, unknown).failures == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"application_password": "short"}, "application_password"),
        ({"database_url": "postgresql://o:p@ep-x-pooler.eu-central-1.aws.neon.tech/neondb"}, "database_url"),
        ({"directory": "sql/checks"}, "directory"),
    ],
)
def test_check_rejects_inputs_that_an_apply_would_refuse(
    secured: Database, change: dict[str, str], expected: str
) -> None:
    assert [failure.property for failure in PROVIDER.check({}, inputs(secured) | change).failures] == [expected]


def test_create_secures_and_records_the_fingerprint_and_the_counts(scratch: Database) -> None:
    scratch.execute("alter table public.tasks disable row level security")
    made = PROVIDER.create(inputs(scratch))
    outs = made.outs or {}
    assert made.id == "row-security"
    assert outs["fingerprint"] == scratch.security().read().fingerprint
    assert {key: outs["summary"][key] for key in ("tables", "protected_tables", "policies")} == {
        "tables": 18,
        "protected_tables": 18,
        "policies": 60,
    }
    assert outs["drift"] == outs["foreign"] == outs["unprotected"] == []
    assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is False
    assert probe(scratch.app).isolated


def test_read_reports_drift_and_diff_makes_it_an_update_that_repairs_it(
    scratch: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute("alter table public.tasks no force row level security", "drop policy users_select on public.users")
    seen = PROVIDER.read("row-security", outs).outs or {}
    assert [each["text"] for each in seen["drift"]] == [
        "table tasks: row level security is not forced on its owner",
        "policy users_select on users is missing",
    ]
    assert seen["fingerprint"] != outs["fingerprint"]
    assert PROVIDER.diff("row-security", seen, inputs(scratch)).changes is True
    repaired = PROVIDER.update("row-security", seen, inputs(scratch)).outs or {}
    assert repaired["fingerprint"] == outs["fingerprint"]
    assert repaired["drift"] == []
    assert "put right: policy users_select on users is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change", ["password 'of another hand'", "valid until '2001-01-01'", "password 'of another hand' valid until 'now'"]
)
def test_a_role_whose_password_is_refused_is_drift_and_an_update_repairs_it(
    scratch: Database, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    reported = "role prductr_service cannot sign in with its password: it was changed, or has expired"
    scratch.execute(f"alter role prductr_service {change}")
    seen = PROVIDER.read("row-security", outs).outs or {}
    assert [each["text"] for each in seen["drift"]] == [reported]
    assert f"security: {reported}" in capsys.readouterr().out
    repaired = PROVIDER.update("row-security", seen, inputs(scratch)).outs or {}
    assert (PROVIDER.read("row-security", repaired).outs or {})["drift"] == []


def test_a_role_that_differs_is_reported_once_and_gets_its_password_with_the_rest(scratch: Database) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute("alter role prductr_service nologin password 'of another hand'")
    seen = PROVIDER.read("row-security", outs).outs or {}
    assert [each["text"] for each in seen["drift"]] == ["role prductr_service lacks LOGIN"]
    repaired = PROVIDER.update("row-security", seen, inputs(scratch)).outs or {}
    assert (PROVIDER.read("row-security", repaired).outs or {})["drift"] == []


def test_a_role_that_cannot_be_checked_is_reported_and_is_no_drift(
    scratch: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute("alter role prductr_service connection limit 0")
    try:
        assert (PROVIDER.read("row-security", outs).outs or {})["drift"] == []
        assert "security: could not check whether prductr_service can sign in, " in capsys.readouterr().out
    finally:
        scratch.execute("alter role prductr_service connection limit -1")


def test_a_preview_without_refresh_detects_and_reports_drift(
    scratch: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute("drop policy users_select on public.users")
    planned = PROVIDER.diff("row-security", outs, inputs(scratch))
    assert (planned.changes, planned.replaces) == (True, [])
    assert "security: policy users_select on users is missing" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["application_password", "checksum", "schema_version", "remove_foreign"])
def test_a_changed_input_is_an_update_and_never_a_replacement(scratch: Database, name: str) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    planned = PROVIDER.diff("row-security", outs, inputs(scratch) | {name: "changed-to-something-else"})
    assert (planned.changes, planned.replaces) == (True, [])


def test_update_changes_the_password_and_the_old_one_is_refused(scratch: Database) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    new = secrets.token_urlsafe(24)
    PROVIDER.update("row-security", outs, inputs(scratch) | {"application_password": new})
    assert probe(scratch.server.uri(scratch.name, "prductr_app", new)).isolated
    with pytest.raises(DatabaseError, match="password authentication failed"):
        probe(scratch.app)


def test_destroy_opens_nothing_and_is_idempotent(scratch: Database) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    for _ in range(2):
        PROVIDER.delete("row-security", outs)
    assert scratch.security().read().fingerprint == outs["fingerprint"]


def test_a_database_that_cannot_be_queried_is_an_error_and_not_unchanged(
    scratch: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    monkeypatch.setattr("database.row_security.row_security.connect", _refuse)
    with pytest.raises(UnreachableError):
        PROVIDER.read("row-security", outs)
    assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is False


def test_a_preview_uses_the_last_refresh_where_a_table_is_locked_and_a_refresh_fails(
    scratch: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    with psycopg.connect(scratch.owner) as other:
        other.execute("lock table public.tasks in access exclusive mode")
        started = time.monotonic()
        assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is False
        assert time.monotonic() - started < 4
        reported = capsys.readouterr().out
        assert "security: drift is as of the last refresh, postgresql://neondb_owner@" in reported
        assert "a table is locked by another session. End the session that is in the way" in reported
        with pytest.raises(BusyError, match="a table is locked by another session"):
            PROVIDER.read("row-security", outs)
    assert (PROVIDER.read("row-security", outs).outs or {})["drift"] == []


def test_a_preview_uses_the_last_refresh_where_the_server_cancels_the_query(scratch: Database) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute(f"alter database {scratch.name} set statement_timeout = 1")
    assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is False
    with pytest.raises(BusyError, match="the query was cancelled before it finished"):
        PROVIDER.read("row-security", outs)


def test_a_preview_waits_for_a_missing_server_as_long_as_that_of_the_migrations(
    scratch: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def refuse(*_: object, patience: float, **__: object) -> None:
        waited.append(patience)
        raise UnreachableError("no answer")

    outs = PROVIDER.create(inputs(scratch)).outs or {}
    monkeypatch.setattr("database.row_security.row_security.connect", refuse)
    assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is False
    with pytest.raises(UnreachableError):
        PROVIDER.read("row-security", outs)
    assert waited == [LOOK_SECONDS, WAKE_SECONDS]


def test_a_database_without_schema_public_is_named_as_such(scratch: Database) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute("drop schema public cascade")
    for ask in (lambda: PROVIDER.diff("row-security", outs, inputs(scratch)), lambda: PROVIDER.read("x", outs)):
        with pytest.raises(RefusedError, match="the database has no schema public"):
            ask()


def _refuse(*_: object, **__: object) -> None:
    raise UnreachableError("no answer", where="postgresql://host/neondb")


def test_files_that_changed_during_a_run_are_not_applied(scratch: Database) -> None:
    with pytest.raises(DatabaseError, match="the files changed during this run"):
        PROVIDER.create(inputs(scratch) | {"checksum": "another"})


def test_a_create_whose_state_was_lost_finds_its_work_done(scratch: Database) -> None:
    first = PROVIDER.create(inputs(scratch)).outs or {}
    assert (PROVIDER.create(inputs(scratch)).outs or {})["fingerprint"] == first["fingerprint"]
