"""The session that every file starts with, regardless of the role and of what the previous file left behind."""

from __future__ import annotations

from typing import LiteralString

SETTINGS: LiteralString = """
set search_path = public, pg_temp; set row_security = off; set timezone = 'UTC'; set client_encoding = 'UTF8';
set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set bytea_output = 'hex'; set extra_float_digits = 1;
set default_transaction_isolation = 'read committed'; set standard_conforming_strings = on;
set check_function_bodies = on; set statement_timeout = 0; set lock_timeout = 0;
set idle_in_transaction_session_timeout = '60s'; set client_connection_check_interval = '2s';
set tcp_keepalives_idle = '15s'; set tcp_keepalives_interval = '5s'; set tcp_user_timeout = '30s';
set tcp_keepalives_count = 3; set synchronous_commit = off; set idle_session_timeout = 0;
select pg_catalog.set_config('transaction_timeout', '0', false)
where pg_catalog.current_setting('transaction_timeout', true) is not null
"""
"""The same for everyone, whatever the role's own settings are. `idle_in_transaction_session_timeout`,
`client_connection_check_interval` and the `tcp_` settings clean up after a vanished runner within a minute, its lock
included; otherwise the server would wait for two hours. `default_transaction_read_only` is left alone, because it is
set on purpose. Servers before 17 have no `transaction_timeout`."""

_FORGET: LiteralString = """
set session authorization default; reset role; reset all; close all; deallocate all; discard temp; discard sequences
"""
"""Like DISCARD ALL, but keeps the runner's lock and is allowed in a transaction. A file that depends on another one's
session state would fail after an interruption, when it runs in a session of its own."""


ANEW: LiteralString = f"begin; {_FORGET.strip()}; {SETTINGS.strip()}; commit"
"""Makes the session a new one. It is sent in the same text as a file, so it costs no round trip."""

AS_OWNER: LiteralString = "reset role"
"""Runs before the ledger is written in a file's transaction: the file may have set a role that cannot write it."""
