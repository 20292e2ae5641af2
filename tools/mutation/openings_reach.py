"""Openings by privileges: other schemas and owners, extensions, large objects, server parameters."""

# ruff: noqa: E501 -- statements are easier to read on one line each

from __future__ import annotations

from tools.mutation.opening import HELPER, LEAK, SIDE, Opening

_OPEN = "grant usage on schema side to public"
_EXECUTE = "grant execute on routine {} to public"
_EXTENSION = "create extension pg_trgm schema public"

OPENINGS = (
    Opening(
        "a schema with a platform's name, of a role that the owner created",
        (
            *HELPER,
            "create schema pgrst authorization helper",
            "set role helper",
            "grant usage on schema pgrst to public",
            "grant create on schema pgrst to neondb_owner",
            "reset role",
            "create view pgrst.t as select * from public.tasks",
            "grant select on pgrst.t to prductr_app",
        ),
        "prductr_app may select on pgrst.t, which is not declared",
    ),
    Opening(
        "the same with a view of that role",
        (
            *HELPER,
            "create schema neon authorization helper",
            "grant usage on schema public to helper",
            "grant select on public.tasks to helper",
            "alter role helper bypassrls",
            "set role helper",
            "create view neon.t as select * from public.tasks",
            "grant usage on schema neon to public",
            "grant select on neon.t to public",
        ),
        "public may select on neon.t, which is not declared",
        since=16,
    ),
    Opening(
        "an empty schema with a platform's name that everybody may use",
        (*HELPER, "create schema neon_auth authorization helper", "grant usage on schema neon_auth to public"),
        "public may usage on schema neon_auth, which is not declared",
    ),
    Opening(
        "a schema named like the application's role, which is searched first",
        (
            "create schema prductr_app",
            "create view prductr_app.tasks as select * from public.tasks",
            "grant usage on schema prductr_app to prductr_app",
            "grant select on prductr_app.tasks to prductr_app",
        ),
        "prductr_app may usage on schema prductr_app, which is not declared",
    ),
    Opening(
        "a superuser's schema that shows rows to everybody",
        (
            *SIDE,
            _OPEN,
            "create view side.shown as select * from public.tasks",
            "grant select on side.shown to public",
        ),
        "public may select on side.shown, which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a superuser's function that shows rows to everybody",
        (
            *SIDE,
            _OPEN,
            (
                "create function side.leak() returns text language sql security definer "
                "as $$ select string_agg(email, ',') from public.users $$"
            ),
        ),
        "public may execute on function side.leak(), which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a view in a schema that nobody may use",
        ("create view launch.shown as select * from public.tasks", "grant select on launch.shown to prductr_app"),
        "prductr_app may select on launch.shown, which is not declared",
    ),
    Opening(
        "some columns of a copy",
        (
            *SIDE,
            _OPEN,
            "create table side.copy as select * from public.users",
            "grant select (email) on side.copy to public",
        ),
        "public may select(email) on side.copy, which is not declared",
    ),
    Opening(
        "a materialized view",
        (
            *SIDE,
            _OPEN,
            "create materialized view side.kept as select * from public.tasks",
            "grant select on side.kept to prductr_service",
        ),
        "prductr_service may select on side.kept, which is not declared",
    ),
    Opening(
        "a sequence",
        (*SIDE, "create sequence side.counter", "grant usage, update on sequence side.counter to prductr_app"),
        "prductr_app may update, usage on side.counter, which is not declared",
    ),
    Opening(
        "a parent table with columns of a declared one",
        (
            *SIDE,
            "create table side.parent as select id, title from public.tasks with no data",
            "alter table public.tasks inherit side.parent",
        ),
        "table tasks inherits from side.parent, through which its rows are read past its policies",
    ),
    Opening(
        "a declared table as a partition of another",
        (
            *SIDE,
            "create table side.whole (like public.file_locks) partition by list (organization_id)",
            "alter table side.whole attach partition public.file_locks default",
        ),
        "table file_locks inherits from side.whole, through which its rows are read past its policies",
    ),
    Opening(
        "a table that inherits from a declared one",
        (*SIDE, "create table side.child () inherits (public.escalations)"),
        "table escalations shows the rows of side.child, which inherits from it",
    ),
    Opening(
        "the right to create objects in the ledger's schema",
        ("grant create on schema launch to prductr_app",),
        "prductr_app may create on schema launch, which is not declared",
    ),
    Opening(
        "a definer function that nothing calls yet",
        (*LEAK, _EXECUTE.format("launch.leak()")),
        "public may execute on function launch.leak(), which is not declared",
    ),
    Opening(
        "a definer function for the service's role alone",
        (
            *LEAK,
            "revoke execute on function launch.leak() from public",
            "grant execute on function launch.leak() to prductr_service",
        ),
        "prductr_service may execute on function launch.leak(), which is not declared",
    ),
    Opening(
        "a definer procedure",
        (
            "create procedure launch.wipe() language sql security definer as $$ delete from public.tasks $$",
            "grant execute on procedure launch.wipe() to prductr_app",
        ),
        "prductr_app may execute on function launch.wipe(), which is not declared",
    ),
    Opening(
        "a function in a schema that can be used",
        (
            *SIDE,
            "grant usage on schema side to prductr_app",
            "create function side.lower(text) returns text language sql as 'select $1'",
            _EXECUTE.format("side.lower(text)"),
        ),
        "public may execute on function side.lower(text), which is not declared",
    ),
    Opening(
        "an aggregate in a schema that can be used",
        (
            *SIDE,
            _OPEN,
            "create aggregate side.adds(int) (sfunc = int4pl, stype = int)",
            _EXECUTE.format("side.adds(int)"),
        ),
        "public may execute on function side.adds(integer), which is not declared",
    ),
    Opening(
        "a definer function of a role that the owner created",
        (
            *HELPER,
            "grant usage, create on schema public to helper",
            "set role helper",
            "create function public.theirs() returns text language sql security definer as $$ select 'x' $$",
            "reset role",
        ),
        "public may execute on function theirs(), which is not declared",
    ),
    Opening(
        "a view of a role that the owner created",
        (
            *HELPER,
            "grant usage, create on schema public to helper",
            "set role helper",
            "create view public.theirs as select 1 as one",
            "grant select on public.theirs to prductr_app",
            "reset role",
        ),
        "prductr_app may select on theirs, which is not declared",
    ),
    Opening(
        "a view that was added to an extension",
        (
            _EXTENSION,
            "create view public.alike as select * from public.tasks",
            "grant select on public.alike to prductr_app",
            "alter extension pg_trgm add view public.alike",
        ),
        "prductr_app may select on alike, which is not declared",
    ),
    Opening(
        "a table in another schema that was added to an extension",
        (
            _EXTENSION,
            *SIDE,
            "create table side.copy as select * from public.tasks",
            "grant select on side.copy to public",
            "alter extension pg_trgm add table side.copy",
        ),
        "public may select on side.copy, which is not declared",
    ),
    Opening(
        "a function that was added to an extension",
        (
            _EXTENSION,
            (
                "create function public.alike() returns text language sql security definer "
                "as $$ select string_agg(title, ',') from public.tasks $$"
            ),
            _EXECUTE.format("public.alike()"),
            "alter extension pg_trgm add function public.alike()",
        ),
        "public may execute on function alike(), which is not declared",
    ),
    Opening(
        "a schema that was added to an extension",
        (
            _EXTENSION,
            *SIDE,
            _OPEN,
            "alter extension pg_trgm add schema side",
        ),
        "public may usage on schema side, which is not declared",
    ),
    Opening(
        "a function that an extension keeps for administrators",
        (
            "create extension dblink schema public",
            "grant execute on function public.dblink_connect_u(text) to prductr_app",
        ),
        "prductr_app may execute on function public.dblink_connect_u(text), which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "the server's files, for everybody",
        ("grant execute on function pg_catalog.pg_read_file(text) to public",),
        "public may execute on function pg_catalog.pg_read_file(text), which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "the samples of all rows, for everybody",
        ("grant select on pg_catalog.pg_statistic to public",),
        "public may select on pg_catalog.pg_statistic, which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "the passwords of subscriptions",
        ("grant select (subconninfo) on pg_catalog.pg_subscription to prductr_app",),
        "prductr_app may select(subconninfo) on pg_catalog.pg_subscription, which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a function in PostgreSQL's own schema",
        (
            (
                "create function pg_catalog.leak() returns text language sql security definer "
                "as $$ select string_agg(email, ',') from public.users $$"
            ),
        ),
        "public may execute on function pg_catalog.leak(), which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a parameter for everybody",
        ("grant set on parameter lo_compat_privileges to public",),
        "public may set on parameter lo_compat_privileges, which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a parameter of the whole server",
        ("grant alter system on parameter shared_preload_libraries to prductr_service",),
        "prductr_service may alter system on parameter shared_preload_libraries, which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a tablespace",
        ("grant create on tablespace pg_default to prductr_app",),
        "prductr_app may create on tablespace pg_default, which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a foreign data wrapper",
        ("create extension dblink schema public", "grant usage on foreign data wrapper dblink_fdw to prductr_app"),
        "prductr_app may usage on foreign data wrapper dblink_fdw, which is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "temporary tables of the application's own",
        ("do $$ begin execute format('grant temporary on database %I to prductr_app', current_database()); end $$",),
        "prductr_app may temporary on this database, which is not declared",
    ),
    Opening(
        "a large object for the application",
        (
            "select lo_from_bytea(4242, convert_to(coalesce((select string_agg(email, ',') from public.users), ''), 'UTF8'))",
            "grant select on large object 4242 to prductr_app",
        ),
        "prductr_app may select on large object 4242, which is not declared",
    ),
    Opening(
        "a large object for everybody to change",
        ("select lo_create(4242)", "grant select, update on large object 4242 to public"),
        "public may select, update on large object 4242, which is not declared",
    ),
    Opening(
        "a large object that was given to the application",
        (
            "select lo_create(4242)",
            "grant prductr_app to current_user",
            "alter large object 4242 owner to prductr_app",
            "revoke prductr_app from current_user",
        ),
        "large object 4242: belongs to prductr_app",
        named=True,
    ),
    Opening(
        "later objects of another role",
        (*HELPER, "alter default privileges for role helper grant select on tables to public"),
        "public may select on new tables of helper, which is not declared",
    ),
    Opening(
        "later objects of another role in one schema",
        (
            *HELPER,
            "grant create on schema launch to helper",
            "alter default privileges for role helper in schema launch grant execute on functions to prductr_app",
        ),
        "prductr_app may execute on new functions of helper in schema launch, which is not declared",
    ),
    Opening(
        "later schemas of the owner",
        ("alter default privileges grant usage, create on schemas to prductr_service",),
        "prductr_service may create, usage on new schemas, which is not declared",
    ),
    Opening(
        "later large objects",
        ("alter default privileges grant select on large objects to public",),
        "public may select on new large objects, which is not declared",
        since=18,
    ),
    Opening(
        "a role that the application may become through another",
        (*HELPER, "create role far", "grant far to helper", "grant helper to prductr_service"),
        "role prductr_service is a member of far, helper",
    ),
    Opening(
        "a role that may become the application",
        (*HELPER, "grant prductr_service to helper"),
        "helper may act as prductr_service",
    ),
)
