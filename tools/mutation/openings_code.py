"""Openings by code that the application's statements call by OID, whatever schema it is in."""

# ruff: noqa: E501 -- statements are easier to read on one line each

from __future__ import annotations

from tools.mutation.opening import LEAK, PURE, Opening

_CALLS = "and calls function launch.pure(text)"

OPENINGS = (
    Opening(
        "a default of a column",
        (*LEAK, "alter table public.projects alter description set default launch.leak()"),
        "column projects.description: default is launch.leak(), declared none",
    ),
    Opening(
        "another default in place of a declared one",
        (*LEAK, "alter table public.tasks alter status set default launch.leak()"),
        "column tasks.status: default is launch.leak(), declared 'pending'::character varying",
    ),
    Opening(
        "a column that nobody declared, with a default",
        (*LEAK, "alter table public.projects add peek text default launch.leak()"),
        "column projects.peek is not declared: text, default launch.leak(), and calls function launch.leak()",
    ),
    Opening(
        "a generated column",
        (*PURE, "alter table public.tasks add peek text generated always as (launch.pure(title)) stored"),
        f"column tasks.peek is not declared: text, generated as launch.pure((title)::text), {_CALLS}",
    ),
    Opening(
        "a column of a domain that checks",
        (
            *PURE,
            "create domain launch.checked as text check (launch.pure(value) <> '')",
            "alter table public.tasks add peek launch.checked",
        ),
        "column tasks.peek is not declared: launch.checked, and calls type launch.checked",
        named=True,
    ),
    Opening(
        "an index",
        (*PURE, "create index peek on public.tasks (launch.pure(title))"),
        "index peek on tasks is not declared: "
        "CREATE INDEX peek ON public.tasks USING btree (launch.pure((title)::text)), and calls",
    ),
    Opening(
        "an index over some rows",
        (*PURE, "create index peek on public.tasks (title) where launch.pure(title) <> ''"),
        "index peek on tasks is not declared",
    ),
    Opening(
        "a unique index",
        (*PURE, "create unique index peek on public.tasks (organization_id, launch.pure(title))"),
        _CALLS,
    ),
    Opening(
        "a unique key in place of a declared one",
        (
            *PURE,
            "alter table public.users drop constraint users_email_unique",
            "create unique index users_email_unique on public.users (id, launch.pure(email))",
        ),
        "unique key users_email_unique on users is CREATE UNIQUE INDEX users_email_unique",
    ),
    Opening(
        "a check",
        (*PURE, "alter table public.tasks add constraint peek check (launch.pure(title) is null) not valid"),
        f"constraint peek on tasks is not declared, {_CALLS}",
    ),
    Opening(
        "an exclusion",
        (
            *PURE,
            "alter table public.agents add constraint peek exclude using btree (id with =, launch.pure(name) with =)",
        ),
        f"constraint peek on agents is not declared, {_CALLS}",
    ),
    Opening(
        "a check by an operator",
        (
            *PURE,
            (
                "create function launch.same(text, text) returns boolean language sql immutable security definer "
                "as $$ select launch.pure($1) is null $$"
            ),
            "create operator launch.=== (leftarg = text, rightarg = text, function = launch.same)",
            "alter table public.tasks add constraint peek check (title operator(launch.===) 'x') not valid",
        ),
        "and calls operator launch.===(text,text)",
    ),
    Opening(
        "statistics",
        (*PURE, "create statistics public.peek on (launch.pure(title)) from public.tasks"),
        "statistics object public.peek is not declared: it CREATE STATISTICS public.peek",
    ),
    Opening(
        "a trigger whose function is elsewhere",
        (
            (
                "create function launch.copies() returns trigger language plpgsql security definer "
                "as $$ begin new.description := (select max(encrypted_value) from public.user_secrets); return new; end $$"
            ),
            "create trigger zz before insert on public.projects for each row execute function launch.copies()",
        ),
        "trigger zz on projects is not declared",
    ),
    Opening(
        "a declared trigger that calls another function",
        (
            "create function launch.lets() returns trigger language plpgsql as $$ begin return new; end $$",
            (
                "create or replace trigger guard_membership before insert or delete or update "
                "on public.organization_members for each row execute function launch.lets()"
            ),
        ),
        "trigger guard_membership on organization_members is CREATE TRIGGER",
    ),
    Opening(
        "a rule",
        (*LEAK, "create rule peek as on insert to public.projects do also select launch.leak()"),
        "rule peek on projects is CREATE RULE peek",
    ),
    Opening(
        "a restrictive policy that calls",
        (*PURE, "create policy peek on public.tasks as restrictive using (launch.pure(title) is not null)"),
        "policy peek on tasks is not declared: restrictive",
    ),
    Opening(
        "the body of a view",
        (
            *LEAK,
            (
                "create or replace view public.analytics_daily with (security_invoker, security_barrier) as "
                "select organization_id, created_at::date as day, launch.leak() as event, count(*) as events, "
                "count(*) as users from public.cost_events group by 1, 2"
            ),
        ),
        "view analytics_daily is SELECT",
    ),
    Opening(
        "the body of a view, without its restriction to the reader's rights",
        (
            (
                "create or replace view public.analytics_daily as select * from (select organization_id, created_at::date "
                "as day, metadata ->> 'event' as event, 1::bigint as events, 1::bigint as users from public.cost_events) x"
            ),
        ),
        "view analytics_daily is SELECT",
    ),
    Opening(
        "a view with other columns",
        (
            "drop view public.analytics_daily",
            "create view public.analytics_daily as select id, email as event from public.users",
            "grant select on public.analytics_daily to prductr_app",
        ),
        "view analytics_daily is SELECT id, email AS event FROM public.users;, which is not declared",
    ),
    Opening(
        "a trigger on a view",
        (
            (
                "create function launch.takes() returns trigger language plpgsql security definer "
                "as $$ begin delete from public.tasks; return new; end $$"
            ),
            (
                "create trigger zz instead of insert on public.analytics_daily for each row "
                "execute function launch.takes()"
            ),
            "grant insert on public.analytics_daily to prductr_app",
        ),
        "trigger zz on analytics_daily is not declared",
    ),
    Opening(
        "the body of a function with its owner's rights",
        (
            (
                "create or replace function public.user_id_for_login(email text) returns text language sql stable "
                "security definer set search_path = pg_catalog, pg_temp as $$ select max(u.id) from public.users u $$"
            ),
        ),
        "function user_id_for_login(text): its body is",
    ),
    Opening(
        "a setting of a function",
        ("alter function public.member_rank(text) set search_path = public, pg_temp",),
        "function member_rank(text): settings is",
    ),
)
