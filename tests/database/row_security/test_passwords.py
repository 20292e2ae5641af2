"""The passwords of the two roles: set, changed, and in no log, statement, parameter or message.

Prevents: `alter role … password '…'` in a server's log and in pg_stat_activity.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest

from database.postgres.errors import DatabaseError
from database.row_security.row_security import SecurityError
from tests.database.conftest import PASSWORDS, Database


@pytest.fixture
def talkative(scratch: Database) -> Iterator[Database]:
    """A server that logs every statement with its parameters, nested ones and errors too."""
    settings = {
        "log_statement": "all",
        "log_min_duration_statement": "0",
        "log_parameter_max_length": "-1",
        "log_parameter_max_length_on_error": "-1",
        "log_min_error_statement": "debug1",
        "log_error_verbosity": "verbose",
    }
    for name, value in settings.items():
        scratch.execute_as_superuser(f"alter system set {name} = '{value}'")
    scratch.execute_as_superuser("select pg_reload_conf()")
    try:
        yield scratch
    finally:
        scratch.execute_as_superuser("alter system reset all")
        scratch.execute_as_superuser("select pg_reload_conf()")


def test_no_log_line_contains_a_password_however_verbose_the_server_is(talkative: Database) -> None:
    marked = {role: f"marker-{secrets.token_urlsafe(24)}" for role in PASSWORDS}
    talkative.security().apply(marked, tolerated=())
    log = (talkative.server.directory / "server.log").read_text()
    assert "copy pg_temp.launch_passwords" in log, "the server did not log the statements at all"
    assert not [role for role, password in marked.items() if password in log]
    with psycopg.connect(talkative.server.uri(talkative.name, "prductr_app", marked["prductr_app"])) as connection:
        assert connection.execute("select current_user").fetchone() == ("prductr_app",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(talkative.app)


def test_a_refused_password_is_in_no_message_and_no_log_line(talkative: Database) -> None:
    talkative.execute_as_superuser("alter role prductr_app superuser")
    marked = {role: f"marker-{secrets.token_urlsafe(24)}" for role in PASSWORDS}
    with pytest.raises(SecurityError) as refused:
        talkative.security().apply(marked, tolerated=())
    log = (talkative.server.directory / "server.log").read_text()
    assert not [role for role, password in marked.items() if password in log or password in str(refused.value)]


def test_quotes_and_backslashes_are_part_of_the_password(scratch: Database) -> None:
    odd = 'it\'s \\ "odd" $$ %s {} ü'
    scratch.security().apply({**PASSWORDS, "prductr_app": odd}, tolerated=())
    with psycopg.connect(scratch.app, password=odd) as connection:
        assert connection.execute("select current_user").fetchone() == ("prductr_app",)


def test_a_missing_password_is_refused_before_anything_happens(scratch: Database) -> None:
    with pytest.raises(SecurityError, match="no password was given for prductr_service"):
        scratch.security().apply({"prductr_app": "x" * 20, "prductr_service": ""}, tolerated=())


def test_a_wrong_owner_password_is_in_no_message(scratch: Database) -> None:
    wrong = f"marker-{secrets.token_urlsafe(24)}"
    security = scratch.security()
    url = scratch.server.uri(scratch.name, "neondb_owner", wrong)
    with pytest.raises(DatabaseError) as refused:
        type(security)(url=url, declaration=security.declaration, checks=security.checks).read()
    assert wrong not in str(refused.value)
