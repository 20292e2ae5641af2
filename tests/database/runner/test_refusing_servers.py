"""Servers that cannot or must not be changed: each is one clear error without a storm of retries, and nothing
is changed. The worst is the wrong server, which accepts everything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from database.ledger.ledger import LedgerError
from database.postgres.connection import SERVER_FLOOR, connect, require_direct, require_server
from database.postgres.errors import DatabaseError, RefusedError, UrlError
from database.runner.plan import online
from database.runner.runner import Limits
from database.runner.statement_failures import MigrationError
from sandbox.postgres.server import Postgres
from tests.database.runner.support import Files, Query, Tables, owned_database


@pytest.fixture
def one(files: Files) -> None:
    files.write("0001_one.sql", "create table public.one (id int);")


@pytest.mark.usefixtures("one")
def test_f27_a_full_disk_undoes_the_file_and_is_not_retried(
    files: Files, url: str, query: Query, postgres: Postgres
) -> None:
    files.run(url)
    query("checkpoint")
    [(path,)] = query("select pg_relation_filepath('public.one')")
    data = postgres.directory / path
    data.unlink()
    data.symlink_to("/dev/full")  # every write to this table's file is answered with ENOSPC
    files.write("0002_fill.sql", "create table public.two ();\ninsert into public.one values (1);")
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert (failed.value.sqlstate, failed.value.where) == ("53100", "0002_fill.sql:2:1")
    assert not [text for text in files.reported if "trying again" in text]
    data.unlink()
    data.touch()
    data.chmod(0o666)
    assert files.run(url).ran == ("0002_fill.sql",)


@pytest.mark.usefixtures("one")
def test_f27_no_free_connection_is_refused_at_once(
    files: Files, url: str, admin: psycopg.Connection[Any], query: Query, tables: Tables
) -> None:
    role = url.partition("//")[2].partition(":")[0]
    query(f"alter role {role} connection limit 1")
    with psycopg.connect(url), pytest.raises(RefusedError) as refused:
        files.run(url, limits=Limits(wake_seconds=60))
    assert "too many connections" in refused.value.what
    assert "close some" in refused.value.remedy
    assert files.reported == []
    assert tables() == set()
    assert not admin.closed


@pytest.mark.usefixtures("one")
def test_f27_a_read_only_server_is_named_as_such(files: Files, url: str, query: Query, tables: Tables) -> None:
    [(name,)] = query("select current_database()")
    query(f"alter database {name} set default_transaction_read_only = on")
    with pytest.raises(DatabaseError, match="SQLSTATE 25006") as refused:
        files.run(url)
    assert refused.value.remedy == "This server is read-only: use the primary's direct host."
    assert files.reported == []
    assert tables() == set()


@pytest.mark.usefixtures("one")
def test_a_role_without_rights_is_refused_before_any_change(
    files: Files, url: str, query: Query, tables: Tables
) -> None:
    [(name,)] = query("select current_database()")
    query(f"create role guest_{name} login password 'guest-password'")
    guest = url.partition("//")[2].partition("@")[0]
    try:
        with pytest.raises(DatabaseError, match="SQLSTATE 42501"):
            files.run(url.replace(guest, f"guest_{name}:guest-password"))
        files.run(url)
        with pytest.raises(RefusedError, match="this role may not read the ledger"):
            files.run(url.replace(guest, f"guest_{name}:guest-password"))
    finally:
        query(f"drop role guest_{name}")
    assert tables() == {"one"}


@pytest.mark.usefixtures("one")
def test_f28_a_pooled_host_is_refused_with_the_direct_one_named(files: Files) -> None:
    pooled = "postgresql://owner:secret-word@ep-cool-rain-123-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require"
    with pytest.raises(UrlError) as refused:
        files.run(pooled)
    assert refused.value.remedy == "Use the direct host ep-cool-rain-123.eu-central-1.aws.neon.tech."
    with pytest.raises(UrlError):
        online(pooled, files.directory)
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://owner:word@/db?host=ep-x-pooler.eu.aws.neon.tech",
        "postgresql://owner:word@direct.example,EP-X-POOLER.eu.aws.neon.tech/db",
        "postgresql://owner:word@EP-X-POOLER.eu.aws.neon.tech/db",
    ],
    ids=["as a parameter", "as the second of two", "in capitals"],
)
def test_f28_a_pooled_host_is_found_wherever_the_url_names_it(url: str) -> None:
    with pytest.raises(UrlError) as refused:
        require_direct(url)
    assert refused.value.remedy == "Use the direct host ep-x.eu.aws.neon.tech."
    assert "word" not in str(refused.value)


@pytest.mark.usefixtures("one")
@pytest.mark.parametrize("ledger", [False, True], ids=["a new database", "a database with a ledger"])
def test_a_database_without_schema_public_is_refused_because_tables_would_be_made_as_temporary_ones(
    files: Files, url: str, query: Query, ledger: bool
) -> None:
    if ledger:
        files.run(url)
    files.write("0002_two.sql", "create table two ();")
    query("drop schema public cascade")
    for attempt in (lambda: online(url, files.directory), lambda: files.run(url)):
        with pytest.raises(RefusedError, match="the database has no schema public"):
            attempt()
    if not ledger:
        assert query("select to_regnamespace('launch')") == [(None,)]


@pytest.mark.usefixtures("one")
def test_a_server_error_in_a_plan_is_reported_like_any_other(files: Files, url: str, query: Query) -> None:
    files.run(url)
    query("alter table launch.schema_migrations alter column done type text using done::text")
    query("update launch.schema_migrations set done = 'many'")
    query("alter table launch.schema_migrations rename to other")
    query("create view launch.schema_migrations as select sequence, name, kind, checksum, chain, status, done::int,"
          " done_checksum, running, finished_at, applied_by, runner from launch.other")  # fmt: skip
    query(f"grant select on launch.schema_migrations to {url.partition('//')[2].partition(':')[0]}")
    with pytest.raises(RefusedError) as refused:
        online(url, files.directory)
    assert refused.value.what == 'invalid input syntax for type integer: "…" (SQLSTATE 22P02)'


@pytest.mark.usefixtures("one")
def test_f29_a_database_other_than_the_remembered_one_is_refused(files: Files, url: str, postgres: Postgres) -> None:
    identity = files.run(url).identity
    files.write("0002_two.sql", "create table public.two ();")
    with owned_database(postgres) as other:
        with pytest.raises(LedgerError, match="its identity is none, the remembered one is " + identity):
            files.run(other, identity=identity)  # an empty one
        files.run(other)
        with pytest.raises(LedgerError, match="this is another database"):
            files.run(other, identity=identity)  # one with a ledger of its own
    assert files.run(url, identity=identity).ran == ("0002_two.sql",)


@pytest.mark.usefixtures("one")
def test_f29_a_branch_is_distinguished_from_its_parent_by_its_branch_id(files: Files, url: str, query: Query) -> None:
    [(name,)] = query("select current_database()")
    query(f"alter database {name} set neon.branch_id = 'br-main-1'")
    on_main = files.run(url).identity
    assert on_main.endswith("@br-main-1")
    query(f"alter database {name} set neon.branch_id = 'br-review-2'")  # the copy carries the same ledger
    with pytest.raises(LedgerError, match=r"@br-review-2, the remembered one is .*@br-main-1"):
        files.run(url, identity=on_main)
    assert files.run(url).identity == on_main.replace("br-main-1", "br-review-2")  # a stack of its own is welcome


@pytest.mark.usefixtures("one")
def test_f29_another_project_s_ledger_is_refused(files: Files, url: str, query: Query) -> None:
    files.run(url)
    query("update launch.database set application = 'somebody else'")
    with pytest.raises(LedgerError, match="the ledger belongs to 'somebody else'"):
        files.run(url)


class _Old:
    """A connection to a server of another release, as far as `require_server` looks."""

    def __init__(self, version: int) -> None:
        self.info = type("info", (), {"server_version": version, "host": "h", "dbname": "d"})


@pytest.mark.parametrize("version", [140_019, 150_013, 160_009, 170_005])
def test_a_server_with_known_leaks_of_row_security_is_refused(version: int) -> None:
    with pytest.raises(RefusedError, match="too old to isolate tenants"):
        require_server(_Old(version))  # type: ignore[arg-type]


@pytest.mark.parametrize("version", [major * 10_000 + minor for major, minor in SERVER_FLOOR.items()] + [190_000])
def test_a_server_at_the_floor_or_newer_is_accepted(version: int) -> None:
    require_server(_Old(version))  # type: ignore[arg-type]


def test_the_tests_server_is_at_the_floor(url: str) -> None:
    with connect(url, application_name="test") as connection:
        require_server(connection)


def test_errors_never_show_the_password(url: str, tmp_path: Path) -> None:
    password = url.partition("//")[2].partition("@")[0].partition(":")[2]
    wrong = url.replace(password, password[::-1] + "%zz")
    directory = tmp_path / "migrations"
    directory.mkdir()
    for address in (url.replace(password, password[::-1]), wrong, url.replace("/test_", "/absent_")):
        with pytest.raises(DatabaseError) as failed:
            online(address, directory, patience=1)
        assert password not in str(failed.value)
        assert password[::-1] not in str(failed.value)
        assert failed.value.__cause__ is None
        assert failed.value.__context__ is None
