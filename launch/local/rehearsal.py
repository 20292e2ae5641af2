"""A rehearsal: start a twin, make the change of this working tree on it, and watch every host meanwhile."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from contract.problem import Problem
from database.postgres import DatabaseError, connect
from launch.drift import look
from launch.local.environment import variables
from launch.local.twin_stack import Original, sealed, seed, settings_file
from launch.local.up import keep_up
from launch.rehearse import Changes, Load, Rehearsed, Visitors, between
from launch.report import Report
from launch.stack import Engine, Stack, applied, find
from launch.verify.checks import verification
from sandbox.base import Home
from sandbox.processes import lifecycle
from sandbox.state import Store
from toolchain.report import say

_SETTLE_SECONDS = 15.0
_AFTER_SECONDS = 1.0
"""How long visitors continue after the change, so that late interruptions are seen as well."""

Change = Callable[[Stack], None]
"""Makes the change on the twin's stack. Raises Problem if it fails."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A running twin and the real stack's counterpart on it."""

    home: Home
    stack: Stack


def update(stack: Stack) -> None:
    """Make the change of this working tree, like `pulumi up`."""
    stack.up()


@contextmanager
def twin(scenario: str, original: Original) -> Iterator[Twin]:
    """Start a separate sandbox from the scenario, with the stack as it is; it is removed at the end of the block.

    Meanwhile this process's environment contains only paths and proxies. Raises Problem.
    """
    engine: Engine = find()
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="rehearsal-", dir="/var/tmp")))
        folder.chmod(0o755)  # PostgreSQL runs as another user if this one is root
        path = folder / "sandbox"
        named = {"LAUNCH_SANDBOX_HOME": str(path), "LAUNCH_SANDBOX_PORT_BASE": "auto"}
        ends.enter_context(sealed(**named, LAUNCH_SANDBOX_SCENARIO=scenario))
        say("Starting the twin.")
        home = lifecycle.start(path)
        ends.callback(lifecycle.stop, path)
        environment = applied(variables(home, engine))
        ends.enter_context(sealed(**named, **_looked_up(environment)))
        stack = Stack(name=original.name, environment=environment, settings=settings_file(folder, original.name))
        seed(stack, home, original)
        yield Twin(home=home, stack=stack)


def _looked_up(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables that this process's own connections need to find the twin."""
    names = (
        "PGHOSTADDR",
        "PGPORT",
        "SSL_CERT_FILE",
        "LAUNCH_DNS_SERVER",
        "LAUNCH_CONNECT_TO",
        "PULUMI_CONFIG_PASSPHRASE",
    )
    return {name: environment[name] for name in names if name in environment}


def rehearsed(
    there: Twin,
    hosts: Sequence[tuple[str, str]],
    change: Change = update,
    *,
    described: str,
    unread: Sequence[str] = (),
) -> Rehearsed:
    """Make the change on the twin under load from visitors and an application, and return what they noticed."""
    changes, failure = Changes(), ""
    with Load(lambda: owner_url(there.home)) as load, Visitors(hosts, there.stack.environment) as visitors:
        visitors.await_settled(_SETTLE_SECONDS)
        begin, point = _now(there.home)
        say("Making the change on the twin.")
        changes.began = time.monotonic()
        visitors.begin()
        load.begin()
        try:
            change(replace(there.stack, also=changes))
        except Problem as error:
            failure = "\n".join(dict.fromkeys([error.what, *changes.errors]))
        seconds = time.monotonic() - changes.began
        time.sleep(_AFTER_SECONDS)
    drift, verified = (None, None) if failure else _afterwards(there)
    with connect(owner_url(there.home), application_name="launch rehearse") as connection:
        migrations = between(connection, begin, load.looks)
    return Rehearsed(
        stack=there.stack.name,
        twin=described,
        seconds=seconds,
        changes=changes.found(),
        failure=failure,
        hosts=visitors.hosts,
        migrations=migrations,
        statements=load.statements,
        looks=load.looks,
        drift=drift,
        verified=verified,
        point=point,
        unread=unread,
        trouble=(*visitors.trouble, *load.trouble),
    )


def _afterwards(there: Twin) -> tuple[Report | None, Report | None]:
    drift: Report | None = None
    try:
        keep_up(there.home)
        drift = look(there.stack).report()
        return drift, verification(there.stack)
    except Problem as error:
        say(str(error))
        return drift, None


def owner_url(home: Home) -> str:
    """Return the direct URL of the first database, for its owner."""
    store = Store(home.store_path)
    try:
        branch = next((one for one in store.find("neon.branches", default=True)), None)
        if branch is None:
            raise DatabaseError("the twin has no database yet")
        endpoint = store.find("neon.endpoints", branch_id=branch["id"], type="read_write")[0]
        database = store.find("neon.databases", branch_id=branch["id"])[0]
        role = store.get("neon.roles", f"{branch['id']}/{database['owner_name']}")
        assert role is not None
    finally:
        store.close()
    user, password = quote(role["name"], safe=""), quote(role["_password"], safe="")
    return f"postgresql://{user}:{password}@{endpoint['host']}/{database['name']}?sslmode=require"


def _now(home: Home) -> tuple[datetime, str]:
    """Return the server's clock, and a point to which a branch can go back, in words."""
    query = "select clock_timestamp(), pg_current_wal_insert_lsn()::text"
    try:
        with connect(owner_url(home), application_name="launch rehearse") as connection:
            row: Any = connection.execute(query).fetchone()
    except (DatabaseError, psycopg.Error):
        return datetime.now().astimezone(), "the moment before"
    return row[0], f"the moment before (LSN {row[1]} on the twin)"
