"""A wrong forecast is worse than none. Here the same change is made twice: on the twin, then on the launch that
was mirrored. And a rehearsal must not be able to reach the real accounts."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from contract.paths import PROJECT
from database.postgres import connect
from launch.commands.rehearse import adoption
from launch.local import Original, pg_dump, rehearsed, twin, update
from launch.local.rehearsal import Twin, owner_url
from launch.mirror import Rows, Subject, mirror
from launch.rehearse import Changes, Host, Load, Rehearsed, Visitors, between, report
from launch.report import ExitCode
from launch.stack import SANDBOX, Stack
from sandbox.processes import processes
from tests.documents import published
from tests.drivers.recording_proxy import RecordingProxy, recording_proxy
from tests.end_to_end.reviewing import checkout, environment, rows, snapshot
from tests.end_to_end.takeover import TODAY
from tests.end_to_end.world import Launch, run
from tests.launch.mirror.furnished import access_of

CHANGED = {"prductr:conductor": "alias", "prductr:burstRequests": "900", "prductr:analyticsRetentionDays": "300"}
HOSTS = [(f"{name}prductr.com", "/") for name in ("", "www.", "dashboard.", "echome.", "conductor.")]
CREDENTIALS = {
    "CLOUDFLARE_API_TOKEN": "real-credential-of-cloudflare-0123456789ab",
    "VERCEL_API_TOKEN": "real-credential-of-vercel",
    "NEON_API_KEY": "real-credential-of-neon",
    "PULUMI_ACCESS_TOKEN": "real-credential-of-pulumi",
    "AWS_SECRET_ACCESS_KEY": "real-credential-of-aws",
}
"""The variables of an operator's shell."""
MARK = "real-credential"
MIGRATIONS = [file.name for file in (PROJECT / "sql/migrations").glob("*.sql")]
SLOW = "0014_slow.sql"
HOLDING = """lock table public.projects in access exclusive mode;
do $$ begin perform pg_catalog.pg_sleep(2); end $$;
alter table public.projects add column note text;
"""
LEAST = 0.3
"""Tolerance in seconds between two gaps: visitors come every tenth of a second."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A change that was rehearsed and then made."""

    forecast: Rehearsed
    made: list[Any]
    hosts: list[Host]
    seconds: float
    wanted: list[str]
    """Requests to the proxy during the rehearsal."""
    known: list[str]
    """Credentials found in processes of the twin."""


@pytest.fixture
def compared(launched: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Compared]:
    real = Stack(name=SANDBOX, environment=launched.environment())
    original = Original.of(real)
    found = mirror(
        access_of(launched.home),
        Subject(domain="prductr.com", organization="org-quiet-harbor-40217733", database="prductr"),
        tmp_path / "twin",
        pg_dump=pg_dump(),
        rows=Rows.SYNTHETIC,
        environment=real.environment,
    )
    changed = replace(original, configuration={**original.configuration, **CHANGED})
    known: list[str] = []

    def change(stack: Stack) -> None:
        update(stack)
        known.extend(_environments())

    with recording_proxy() as proxy, monkeypatch.context() as shell:
        for name, value in (CREDENTIALS | {"HTTPS_PROXY": proxy.url, "HTTP_PROXY": proxy.url}).items():
            shell.setenv(name, value)
        shell.setenv("NO_PROXY", "127.0.0.1,localhost")
        assert _is_seen(proxy)
        with twin(str(found.folder), changed) as there:
            forecast = rehearsed(there, HOSTS, change, described="a mirror")
            known.append(_kept(there))
        wanted = list(proxy.wanted)
    settings = launched.settings(tmp_path, **CHANGED)
    changes = Changes()
    with Visitors(HOSTS, real.environment) as visitors:
        visitors.await_settled(15)
        visitors.begin()
        changes.began = time.monotonic()
        replace(real, settings=Path(settings), also=changes).up()
        seconds = time.monotonic() - changes.began
        time.sleep(1)
    yield Compared(
        forecast=forecast, made=changes.found(), hosts=visitors.hosts, seconds=seconds, wanted=wanted, known=known
    )
    real.up()


def _is_seen(proxy: RecordingProxy) -> bool:
    """Return whether the proxy sees a connection to a vendor; the record of it is discarded."""
    with pytest.raises(httpx.HTTPError):
        httpx.get("https://api.cloudflare.com/client/v4/zones").raise_for_status()
    seen = bool(proxy.wanted)
    proxy.wanted.clear()
    return seen


def _environments() -> list[str]:
    """Return the environments of the newest sandbox's processes, this one's children among them."""
    found = []
    for process in psutil.Process().children(recursive=True) + list(psutil.process_iter()):
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        if "/rehearsal-" in environment.get(processes.MARK, "") + environment.get("LAUNCH_SANDBOX_HOME", ""):
            found += [f"{name}={value}" for name, value in environment.items() if MARK in value]
    return found


def _kept(there: Twin) -> str:
    """Return the credentials that the twin keeps on disk."""
    kept = [file for file in there.home.path.rglob("*") if file.is_file() and file.suffix in (".json", ".yaml", ".log")]
    return next((str(file) for file in kept if MARK in file.read_text(errors="replace")), "")


def test_the_forecast_matches_the_real_change_and_nothing_real_is_touched(compared: Compared) -> None:
    forecast = compared.forecast
    assert forecast.failure == ""
    assert {each.key for each in forecast.changes} == {each.key for each in compared.made}
    assert len(forecast.changes) >= 3
    gaps = {host.name: (host.gap(forecast.seconds), True) for host in forecast.hosts}
    for host in compared.hosts:
        expected, real = gaps[host.name][0], host.gap(compared.seconds)
        assert max(expected, LEAST) <= 2 * max(real, LEAST), (host.name, expected, real)
        assert max(real, LEAST) <= 2 * max(expected, LEAST), (host.name, expected, real)
    shown = report(forecast)
    assert {each.subject: each.verdict.value for each in shown.findings}["verify"] == "passed"
    assert shown.exit_code in (ExitCode.AS_DECLARED, ExitCode.DIFFERENT)
    assert forecast.statements.reads > 10
    assert forecast.statements.failed == []

    assert compared.wanted == [], "somebody wanted to leave this machine"
    assert [each for each in compared.known if each] == []


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """What others notice of a migration that keeps a table locked."""

    migrations: list[str]
    seconds: float
    locks: set[str]
    blocked: int


@pytest.fixture
def worse(launched: Launch, tmp_path: Path) -> Iterator[Path]:
    """A checkout with such a migration. The launch that it is made on gets its own program and database back."""
    folder = checkout(tmp_path / "checkout")
    (folder / "sql/migrations" / SLOW).write_text(HOLDING)
    snapshot(launched, folder)
    yield folder
    applied = f"select 1 from launch.schema_migrations where name = '{SLOW}'"
    if rows(launched, launched.outputs()["owner_database_url"], applied):
        launched.launch("rollback", "apply", "--restore-database")
        branches = f"/projects/{launched.outputs()['database']['project_id']}/branches"
        for each in launched.neon("GET", branches)["branches"]:
            if each["name"].startswith("before-rollback-"):
                launched.neon("DELETE", f"{branches}/{each['id']}")
    launched.pulumi("up", "--yes", "--skip-preview")


def forecast_by_the_verb(launch: Launch, folder: Path) -> Noticed:
    command = (sys.executable, "-m", "launch", "rehearse", "--json")
    done = run(*command, environment=environment(launch, folder), folder=folder, code=None)
    found = published(done.stdout)
    assert found["failure"] == "", found
    assert {each["host"] for each in found["hosts"]} == {host for host, _ in HOSTS}
    (migration,) = found["migrations"]
    return Noticed(
        migrations=[migration["name"]],
        seconds=migration["seconds"],
        locks=set(migration["locks"]),
        blocked=migration["blocked"],
    )


def seen_in_reality(launch: Launch, folder: Path) -> Noticed:
    owner = partial(owner_url, launch.home)
    with Load(owner) as load:
        ((begin,),) = rows(launch, launch.outputs()["owner_database_url"], "select clock_timestamp()")
        load.begin()
        command = ("pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", SANDBOX)
        run(*command, environment=environment(launch, folder), folder=folder)
    with connect(owner(), application_name="launch rehearse") as connection:
        (migration,) = between(connection, begin, load.looks)
    return Noticed(
        migrations=[migration.name],
        seconds=migration.seconds,
        locks=set(migration.locks),
        blocked=migration.blocked,
    )


def test_a_migration_and_its_lock_are_forecast_as_they_then_happen(
    launched: Launch, worse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecast = forecast_by_the_verb(launched, worse)
    for name in ("PGHOSTADDR", "PGPORT", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, launched.environment()[name])
    real = seen_in_reality(launched, worse)
    assert forecast.migrations == real.migrations == [SLOW]
    assert "projects AccessExclusiveLock" in forecast.locks & real.locks
    assert forecast.blocked > 0 < real.blocked
    assert max(forecast.seconds, real.seconds) <= 2 * min(forecast.seconds, real.seconds), (forecast, real)


def test_a_new_stack_is_rehearsed_as_an_adoption_of_existing_resources(launched: Launch) -> None:
    original = Original.of(Stack(name=SANDBOX, environment=launched.environment()))
    key = {"prductr:userSecretsMasterKey": base64.b64encode(bytes(32)).decode()}
    today = {name: value if isinstance(value, str) else json.dumps(value) for name, value in TODAY.items()}
    new = replace(
        original,
        configuration={**original.configuration, **today, **key},
        secret_keys=original.secret_keys | set(key),
        deployment={},
    )
    with twin("production", new) as there:
        forecast = rehearsed(there, HOSTS, partial(adoption, ()), described="the production scenario")
    assert forecast.failure == ""
    imported = [each.name for each in forecast.changes if each.operation == "import"]
    assert {"dashboard-project", "database-project", "dns-apex", "landing-domain"} <= set(imported)
    gaps = {host.name: host.gap(forecast.seconds) for host in forecast.hosts}
    assert gaps["dashboard.prductr.com"] == 0
    assert gaps["prductr.com"] < 1
    assert [each.name for each in forecast.migrations] == sorted(MIGRATIONS)
    assert {each.subject: each.verdict.value for each in report(forecast).findings}["verify"] == "passed"
