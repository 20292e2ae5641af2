"""Ways in which the database's owner can weaken isolation, each with the sentence that reports it."""

# ruff: noqa: E501 -- a statement and its sentence are easier to compare on one line each

from __future__ import annotations

from tests.releases import RELEASE

_BYPASS = [
    ("alter role prductr_app bypassrls", "role prductr_app holds BYPASSRLS"),
    (
        "create role drift_bypass bypassrls; grant drift_bypass to prductr_app",
        "role prductr_app is a member of drift_bypass",
    ),
]
"""Before release 16 only a superuser may grant BYPASSRLS."""

DRIFT = [
    *(_BYPASS if RELEASE >= 16 else []),
    ("alter table public.tasks disable row level security", "table tasks: row level security is disabled"),
    (
        "alter table public.tasks no force row level security",
        "table tasks: row level security is not forced on its owner",
    ),
    ("drop policy tasks_delete on public.tasks", "policy tasks_delete on tasks is missing"),
    (
        "alter policy tasks_select on public.tasks using (true)",
        (
            "policy tasks_select on tasks: using is true, declared "
            "((organization_id)::text = ( SELECT public.current_org_id() AS current_org_id))"
        ),
    ),
    (
        "alter policy users_select on public.users to public",
        "policy users_select on users: roles is public, declared prductr_app, prductr_service",
    ),
    (
        "create policy more on public.tasks for select using (true)",
        "policy more on tasks is not declared: permissive, for select to public using true",
    ),
    ("alter role prductr_service createrole", "role prductr_service holds CREATEROLE"),
    ("alter role prductr_app inherit", "role prductr_app holds INHERIT"),
    (
        "create role drift_member; grant prductr_app to drift_member",
        "drift_member may act as prductr_app",
    ),
    ("alter role prductr_app set search_path = x", "prductr_app starts with search_path = x, declared nothing"),
    (
        "do $$ begin execute format('alter role prductr_service in database %I set row_security = off', current_database()); end $$",
        "prductr_service in this database starts with row_security = off, declared nothing",
    ),
    (
        "do $$ begin execute format('alter database %I set search_path = x', current_database()); end $$",
        "every role in this database starts with search_path = x, declared nothing",
    ),
    (
        (
            "create or replace function public.current_org_id() returns text language sql stable security definer "
            "set search_path = pg_catalog, pg_temp as $$ select 'x'::text $$"
        ),
        "function current_org_id(): its body is select 'x'::text, not the declared one",
    ),
    (
        "alter function public.current_org_id() immutable",
        "function current_org_id(): volatility is immutable, declared stable",
    ),
    (
        "alter function public.set_context(text, text) security definer",
        "function set_context(text,text): security is definer, declared invoker",
    ),
    (
        (
            "grant prductr_app to current_user; grant create on schema public to prductr_app; "
            "alter table public.tasks owner to prductr_app; revoke prductr_app from current_user"
        ),
        "table tasks belongs to prductr_app instead of the database's owner",
    ),
    (
        "alter table public.tasks disable trigger fill_organization",
        "trigger fill_organization on tasks is not enabled (enabled: no)",
    ),
    ("drop trigger guard_agent on public.tasks", "trigger guard_agent on tasks is missing"),
    (
        "alter view public.analytics_daily reset (security_invoker)",
        "view analytics_daily: options are security_barrier=true, declared security_barrier=true, security_invoker=true",
    ),
    (
        "grant select (password_hash) on public.users to prductr_service",
        "prductr_service may select(password_hash) on users, which is not declared",
    ),
    ("grant truncate on public.tasks to prductr_app", "prductr_app may truncate on tasks, which is not declared"),
    (
        "grant select on all tables in schema public to prductr_service",
        "prductr_service may select on users, which is not declared",
    ),
    (
        "grant insert, update on public.organizations to prductr_app with grant option",
        "prductr_app may insert with grant option, update with grant option on organizations, which is not declared",
    ),
    ("revoke insert on public.tasks from prductr_app", "prductr_app may not insert on tasks, as declared"),
    ("grant create on schema public to public", "public may create on schema public, which is not declared"),
    (
        (
            "create schema if not exists side; create or replace view side.shown as select * from public.tasks; "
            "grant usage on schema side to prductr_app; grant select on side.shown to prductr_app"
        ),
        "prductr_app may usage on schema side, which is not declared",
    ),
    (
        "create schema if not exists side; grant usage on schema side to public",
        "public may usage on schema side, which is not declared",
    ),
    (
        "do $$ begin execute format('grant create on database %I to prductr_app', current_database()); end $$",
        "prductr_app may create on this database, which is not declared",
    ),
    (
        "do $$ begin execute format('grant create on database %I to public', current_database()); end $$",
        "public may create on this database, which is not declared",
    ),
    (
        "alter default privileges grant execute on functions to public",
        "public may execute on new functions, which is not declared",
    ),
    (
        "alter default privileges grant usage on schemas to prductr_app",
        "prductr_app may usage on new schemas, which is not declared",
    ),
    (
        "alter default privileges in schema public grant select on tables to prductr_app",
        "prductr_app may select on new tables in schema public, which is not declared",
    ),
    (
        "create schema if not exists side; alter default privileges in schema side grant select on tables to prductr_app",
        "prductr_app may select on new tables in schema side, which is not declared",
    ),
    (
        "alter table public.organization_members alter role set default 'owner'",
        "column organization_members.role: default is 'owner'::character varying, declared 'member'::character varying",
    ),
    (
        "alter table public.cost_events alter event_type set default 'analytics'",
        "column cost_events.event_type: default is 'analytics'::character varying, declared 'usage'::character varying",
    ),
    (
        "alter table public.tasks alter organization_id drop not null",
        "column tasks.organization_id: not_null is False, declared True",
    ),
    (
        "alter table public.user_secrets alter user_id drop not null",
        "column user_secrets.user_id: not_null is False, declared True",
    ),
    (
        "alter table public.organization_members alter user_id drop not null",
        "column organization_members.user_id: not_null is False, declared True",
    ),
    (
        "alter table public.users drop constraint users_email_unique",
        "unique key users_email_unique on users is missing: UNIQUE (email)",
    ),
    (
        "alter table public.organizations drop constraint organizations_slug_unique; alter table public.organizations add constraint organizations_slug_unique unique (slug, name)",
        "unique key organizations_slug_unique on organizations is UNIQUE (slug, name), declared UNIQUE (slug)",
    ),
    (
        "drop index public.organization_members_organization_id_user_id_key; create index organization_members_organization_id_user_id_key on public.organization_members (organization_id, user_id)",
        (
            "unique key organization_members_organization_id_user_id_key on organization_members is missing: CREATE UNIQUE INDEX "
            "organization_members_organization_id_user_id_key ON public.organization_members USING btree (organization_id, user_id)"
        ),
    ),
    (
        "alter table public.user_secrets drop constraint user_secrets_user_id_users_id_fk; alter table public.users drop constraint users_pkey",
        "unique key users_pkey on users is missing: PRIMARY KEY (id)",
    ),
    (
        "alter table public.tasks drop constraint tasks_project_of_organization_fk",
        (
            "constraint tasks_project_of_organization_fk on tasks is missing: FOREIGN KEY (organization_id, project_id) "
            "REFERENCES public.projects(organization_id, id) ON DELETE CASCADE"
        ),
    ),
    (
        "drop index public.projects_organization_id_id_key cascade",
        (
            "unique key projects_organization_id_id_key on projects is missing: CREATE UNIQUE INDEX projects_organization_id_id_key "
            "ON public.projects USING btree (organization_id, id)"
        ),
    ),
    (
        "create rule more as on update to public.tasks do also delete from public.projects",
        (
            "rule more on tasks is CREATE RULE more AS\n    ON UPDATE TO public.tasks DO  DELETE FROM public.projects;, "
            "declared none"
        ),
    ),
]
