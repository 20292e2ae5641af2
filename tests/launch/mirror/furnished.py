"""A sandbox of today's production with more resources, and secrets that carry a mark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from sandbox.base.home import AUTO, Home
from sandbox.cloud.app import create_app
from sandbox.cloud.neon.compute import storage
from sandbox.cloud.neon.control.control_plane import ControlPlane
from sandbox.state.context import Context
from sandbox.state.faults import Faults
from sandbox.state.store import Store
from tests.sandbox.cloud.cloudflare.uploading import upload
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Clock, Cloud, Running
from vendors import Access

LEAK = "leak-marker-6f2d91"
"""A part of every secret of the sandbox."""
_SECONDS = 180
DASHBOARD = "prductr-com"
_SQL = f"""
create role reporting login password '{LEAK}-role' bypassrls;
create role readers;
grant readers to reporting;
alter role reporting set search_path to public, pg_temp;
alter role reporting set statement_timeout to '5s';
create type public.mood as enum ('calm', 'angry');
create table public.moods (
    id uuid primary key default gen_random_uuid(),
    organization_id character varying(255) not null references public.organizations (id),
    user_id character varying(255) not null references public.users (id),
    mood public.mood not null,
    level integer not null check (level > 0),
    word character varying(12) not null,
    unique (organization_id, user_id)
);
insert into public.moods (organization_id, user_id, mood, level, word)
select organization_id, user_id, 'calm', 3, 'fine' from public.organization_members;
alter table public.moods enable row level security;
alter table public.moods force row level security;
create policy mine on public.moods for select to readers using (user_id = current_setting('app.user', true));
grant select on public.moods to readers;
create function public.angry(public.moods) returns boolean language sql stable as $$ select $1.mood = 'angry' $$;
"""
_BY_NEON = f"""
create extension postgres_fdw;
create server elsewhere foreign data wrapper postgres_fdw options (host 'db.example.com');
create user mapping for neondb_owner server elsewhere options (user 'u', password '{LEAK}-mapping');
create foreign table public.far (id text) server elsewhere;
"""
"""Statements that need a superuser; Neon has one, and the owner is none."""


@contextmanager
def cloud(folder: Path, scenario: str) -> Iterator[Cloud]:
    """Yield a new sandbox's clouds, started in a scenario."""
    home = Home.create(folder, AUTO)
    store, faults, clock = Store(home.store_path), Faults(), Clock()
    server = Running(create_app(home, store, faults, clock), home.ports.cloud)
    found = Cloud(home, store, faults, clock)
    try:
        # Not at the start, which has a time limit: a database is made here.
        found.admin.post("/_sandbox/reset", json={"scenario": scenario}, timeout=_SECONDS).raise_for_status()
        yield found
    finally:
        found.close()
        server.stop()
        store.close()
        storage.remove(home.path)


def access_of(home: Home, **other: str) -> Access:
    """Return a sandbox's own addresses and credentials, or others."""
    own, url = home.credentials, f"http://127.0.0.1:{home.ports.cloud}"
    found: dict[str, Any] = {
        "cloudflare_url": f"{url}/client/v4",
        "cloudflare_token": own.cloudflare_api_token,
        "vercel_url": f"{url}/vercel",
        "vercel_token": own.vercel_api_token,
        "vercel_team": "hhnn",
        "neon_url": f"{url}/neon/api/v2",
        "neon_key": own.neon_api_key,
    }
    return Access(**found | other)


def furnish(there: Cloud) -> None:
    """Add resources that the scenario lacks and a production may have."""
    api, vercel = there.cloudflare, there.vercel
    for record in (
        {"type": "TXT", "name": "prductr.com", "content": '"v=spf1 -all"', "ttl": 3600},
        {"type": "MX", "name": "prductr.com", "content": "mx.example.com", "priority": 10},
        {"type": "CNAME", "name": "*.apps.prductr.com", "content": "example.com", "proxied": True},
        {"type": "CAA", "name": "prductr.com", "data": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}},
    ):
        api.post(f"/zones/{ZONE}/dns_records", json=record).raise_for_status()
    target = {"from_value": {"status_code": 301, "target_url": {"value": "https://blog.example.com"}}}
    rule = {"expression": '(http.request.uri.path eq "/blog")', "action": "redirect", "action_parameters": target}
    hidden = rule | {"expression": f'(http.request.headers["x-key"][0] eq "{LEAK}-rule")'}
    phase = {"name": "default", "kind": "zone", "phase": "http_request_dynamic_redirect", "rules": [rule, hidden]}
    api.post(f"/zones/{ZONE}/rulesets", json=phase).raise_for_status()
    api.patch(f"/zones/{ZONE}/settings/min_tls_version", json={"value": "1.2"}).raise_for_status()
    bindings = [
        {"type": "plain_text", "name": "MODE", "text": "live"},
        {"type": "secret_text", "name": "KEY", "text": f"{LEAK}-binding"},
    ]
    upload(there, "api", bindings=bindings).raise_for_status()
    upload(there, "api", bindings=bindings, tags=["two"]).raise_for_status()
    scripts = f"/accounts/{ACCOUNT}/workers"
    api.put(f"{scripts}/scripts/api/schedules", json=[{"cron": "0 3 * * *"}]).raise_for_status()
    api.put(
        f"{scripts}/domains", json={"hostname": "api.prductr.com", "service": "api", "zone_id": ZONE}
    ).raise_for_status()
    api.post(f"/zones/{ZONE}/workers/routes", json={"pattern": "prductr.com/api/*", "script": "api"}).raise_for_status()
    api.post(f"/accounts/{ACCOUNT}/rum/site_info", json={"host": "prductr.com"}).raise_for_status()
    _furnish_vercel(there)
    with owner(there) as connection:
        connection.execute(_SQL.encode())
    project, branch = _database(there)
    with psycopg.connect(_plane(there).computes.server(branch).uri("neondb")) as superuser:
        superuser.execute(_BY_NEON.encode())
    asked = {"branch": {"name": "review", "parent_id": branch}, "endpoints": [{"type": "read_write"}]}
    neon(there, "POST", f"/projects/{project}/branches", asked)
    neon(there, "POST", f"/projects/{project}/branches/{branch}/auth", {"auth_provider": "better_auth"})
    there.clock.advance(60)
    assert vercel.get(f"/v9/projects/{DASHBOARD}").is_success


def _furnish_vercel(there: Cloud) -> None:
    vercel = there.vercel
    there.clock.advance(5)
    docs = vercel.post("/v10/projects", json={"name": "docs", "framework": "nextjs"}).raise_for_status().json()["id"]
    there.clock.advance(5)
    vercel.post(f"/v10/projects/{docs}/domains", json={"name": "docs.prductr.com"}).raise_for_status()
    there.clock.advance(5)
    redirect = {"name": "help.prductr.com", "redirect": "docs.prductr.com", "redirectStatusCode": 308}
    vercel.post(f"/v10/projects/{docs}/domains", json=redirect).raise_for_status()
    for number, (kind, targets) in enumerate(
        (("plain", ["preview"]), ("encrypted", ["production"]), ("sensitive", ["preview"]))
    ):
        there.clock.advance(1)
        variable = {"key": f"KEY_{number}", "value": f"{LEAK}-{kind}", "type": kind, "target": targets}
        vercel.post(f"/v10/projects/{DASHBOARD}/env", json=variable).raise_for_status()
    source = {"type": "github", "org": "habitusnet", "repo": "prductr-com", "ref": "next"}
    there.clock.advance(5)
    vercel.post("/v13/deployments", json={"name": DASHBOARD, "gitSource": source}).raise_for_status()


def neon(there: Cloud, method: str, path: str, body: object = None) -> dict[str, object]:
    """Call Neon's API and wait for its operations."""
    key = there.home.credentials.neon_api_key
    url = f"/neon/api/v2{path}"
    answer = there.anonymous.request(method, url, json=body, headers={"authorization": f"Bearer {key}"})
    answer.raise_for_status()
    found: dict[str, object] = answer.json()
    _plane(there).operations.drain()
    there.clock.advance(2)
    return found


def _plane(there: Cloud) -> ControlPlane:
    return ControlPlane.of(Context(home=there.home, store=there.store, faults=there.faults, clock=there.clock))


def _database(there: Cloud) -> tuple[str, str]:
    (branch,) = there.store.find("neon.branches", default=True)
    return str(branch["project_id"]), str(branch["id"])


@contextmanager
def owner(there: Cloud) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Return a connection of the database's owner."""
    project, branch = _database(there)
    uri = str(
        neon(
            there,
            "GET",
            f"/projects/{project}/connection_uri?database_name=neondb&role_name=neondb_owner&branch_id={branch}",
        )["uri"]
    )
    port = str(there.home.ports.postgres)
    with psycopg.connect(uri, hostaddr="127.0.0.1", port=port, connect_timeout=20) as connection:
        yield connection
