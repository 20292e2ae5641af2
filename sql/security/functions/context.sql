-- The current user and organization. The application names both at the start of each transaction (set_context);
-- membership is checked here, once per statement, because policies read these functions through `(select …)`. Unset,
-- empty and unknown values all give NULL, which no row equals.
-- The functions that read memberships run with their owner's rights, since organization_members is itself under a policy
-- that reads the current organization. Each returns data of the current user only, so they need no further check.
-- (`select … into` takes half the time of `return (select …)`: this runs once in every statement.)

create or replace function public.current_user_id() returns text
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$ select nullif(current_setting('app.current_user_id', true), '') $$;

-- A machine (prductr_service) works for the organization that it names; a user only for one of its own.
create or replace function public.current_org_id() returns text
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    member_of text;
begin
    if session_user = 'prductr_service' then
        return nullif(current_setting('app.current_org_id', true), '');
    end if;
    select m.organization_id into member_of
    from public.organization_members m
    where m.organization_id = nullif(current_setting('app.current_org_id', true), '')
      and m.user_id = nullif(current_setting('app.current_user_id', true), '');
    return member_of;
end
$$;

-- Viewers only read. An unknown role may do no more than a viewer.
create or replace function public.writable_org_id() returns text
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    member_of text;
begin
    if session_user = 'prductr_service' then
        return nullif(current_setting('app.current_org_id', true), '');
    end if;
    select m.organization_id into member_of
    from public.organization_members m
    where m.organization_id = nullif(current_setting('app.current_org_id', true), '')
      and m.user_id = nullif(current_setting('app.current_user_id', true), '')
      and coalesce(m.role, 'member') in ('owner', 'admin', 'member');
    return member_of;
end
$$;

-- Machines administer nothing.
create or replace function public.administered_org_id() returns text
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
    select m.organization_id
    from public.organization_members m
    where m.organization_id = nullif(current_setting('app.current_org_id', true), '')
      and m.user_id = nullif(current_setting('app.current_user_id', true), '')
      and m.role in ('owner', 'admin')
$$;

create or replace function public.owned_org_id() returns text
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
    select m.organization_id
    from public.organization_members m
    where m.organization_id = nullif(current_setting('app.current_org_id', true), '')
      and m.user_id = nullif(current_setting('app.current_user_id', true), '')
      and m.role = 'owner'
$$;

-- The organizations between which a user can switch; for a machine the organization that it names.
create or replace function public.current_user_org_ids() returns text[]
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
    select case
        when session_user = 'prductr_service'
            then array_remove(array[nullif(current_setting('app.current_org_id', true), '')], null)
        else array(
            select m.organization_id::text
            from public.organization_members m
            where m.user_id = nullif(current_setting('app.current_user_id', true), '')
        )
    end
$$;
