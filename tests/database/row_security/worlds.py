"""Objects that a platform, an extension or a tool adds to a database, as statements for a superuser.

Neon's follow its documents and its compute's public sources; anything not stated there is marked assumed.
"""

# ruff: noqa: E501 -- statements are easier to read on one line each

from __future__ import annotations

_NEON_ROLES = (
    "create role neon_service nologin",
    "create role authenticator noinherit login",
    "create role authenticated nologin",
    "create role anonymous nologin",
    "grant authenticated, anonymous to authenticator",
)
NEON_ROLES = ("authenticator", "authenticated", "anonymous", "neon_auth", "neon_service")
"""Roles that are dropped after each world, with their objects."""

WORLDS: dict[str, tuple[str, ...]] = {
    "Neon's compute": (
        "create schema neon_migration",
        "create table neon_migration.migration_id (key int not null primary key, id bigint not null default 0)",
        "create schema neon",
        "create view neon.neon_perf_counters as select 'x'::text as metric, 1.0::float8 as value",
        "grant usage on schema neon to public",  # assumed
        "create function neon.neon_version() returns text language sql as $$ select 'x'::text $$",
        "grant select on neon.neon_perf_counters to pg_monitor",
        "grant execute on function pg_catalog.pg_export_snapshot() to neon_superuser",
        "grant pg_monitor, pg_signal_backend to neon_superuser",
        "alter default privileges in schema public grant all on tables to neon_superuser with grant option",
        "alter default privileges in schema public grant all on sequences to neon_superuser with grant option",
    ),
    "Neon Auth": (
        "create role neon_auth login bypassrls",
        "grant neon_auth to neondb_owner",
        "create schema neon_auth authorization neon_auth",
        "set role neon_auth",
        """create table neon_auth."user" (id uuid primary key, name text, email text unique)""",
        """create table neon_auth.session (id uuid primary key, "userId" uuid references neon_auth."user" on delete cascade)""",
        "create type neon_auth.kind as enum ('a', 'b')",
        "create function neon_auth.touch() returns trigger language plpgsql as 'begin return new; end'",
        "create trigger touch before update on neon_auth.session for each row execute function neon_auth.touch()",
        "reset role",
    ),
    "Neon's Data API": (
        *_NEON_ROLES,
        "create schema auth authorization neon_service",
        "create schema pgrst authorization neon_service",
        "grant usage on schema auth to public",
        "set role neon_service",
        (
            "create function auth.user_id() returns text language sql stable "
            "as $$ select nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub' $$"
        ),
        "create function pgrst.pre_config() returns void language sql as $$ select set_config('pgrst.db_schemas', 'public', true) $$",
        "create function pgrst.watch() returns event_trigger language plpgsql as $$ begin notify pgrst; end $$",
        "grant usage on schema pgrst to authenticator",
        "reset role",
        "create event trigger pgrst_ddl_watch on ddl_command_end execute function pgrst.watch()",
        "alter role authenticator set pgrst.db_schemas = 'public'",
        "grant usage on schema public to authenticated, anonymous",
        "grant select, insert, update, delete on all tables in schema public to authenticated",
        "set role neondb_owner",
        "alter default privileges in schema public grant select, insert, update, delete on tables to authenticated",
        "reset role",
    ),
    "Drizzle's migrations": (
        "set role neondb_owner",
        "create schema drizzle",
        "create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)",
        "reset role",
    ),
    "another program's schema": (
        "set role neondb_owner",
        "create schema reports",
        "create table reports.daily (day date primary key, events bigint check (events >= 0))",
        "create view reports.all_days as select * from reports.daily",
        "create function reports.add_day() returns void language sql as 'insert into reports.daily values (now(), 0)'",
        "create type reports.kind as enum ('a')",
        "create operator reports.=== (leftarg = text, rightarg = text, function = texteq)",
        "reset role",
    ),
    "statistics and indexes for speed": (
        "set role neondb_owner",
        "create index tasks_lower_title on public.tasks (lower(title)) where status <> 'done'",
        "reset role",
    ),
}

TRUSTED = (
    "btree_gin", "btree_gist", "citext", "cube", "fuzzystrmatch", "hstore", "intarray", "isn", "lo", "ltree",
    "seg", "tablefunc", "tsm_system_rows", "unaccent", "dict_int",
)  # fmt: skip
"""Extensions that the owner may install; their objects belong to the superuser that initdb made."""
OTHERS = (
    "amcheck", "bloom", "dblink", "intagg", "pageinspect", "pg_buffercache", "pg_stat_statements", "pgrowlocks",
    "pgstattuple", "postgres_fdw", "moddatetime", "vector",
)  # fmt: skip
"""Extensions that need a superuser, or Neon's permission."""
