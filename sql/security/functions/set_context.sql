-- The application's first statement of each transaction. Both settings end with the transaction, so a pooled connection
-- carries nothing over to the next one. Returns the organization in force: NULL means, without an error, that the user is
-- not a member.

create or replace function public.set_context(user_id text, organization_id text default null) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('app.current_user_id', coalesce(user_id, ''), true);
    perform set_config('app.current_org_id', coalesce(organization_id, ''), true);
    return public.current_org_id();
end
$$;

-- The same with errors: TN001 if neither a user nor an organization is named, TN002 if the user is not a member of the
-- organization. The error aborts the whole transaction, so nothing after it runs in the wrong context.
create or replace function public.require_context(user_id text, organization_id text default null) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    in_force constant text := public.set_context(user_id, organization_id);
begin
    if public.current_user_id() is null and in_force is null then
        raise exception 'no user is in the context' using errcode = 'TN001', hint = 'Name the user of a verified session.';
    end if;
    if nullif(organization_id, '') is not null and in_force is null then
        raise exception 'the user is not a member of the organization' using errcode = 'TN002';
    end if;
    return in_force;
end
$$;

-- Before anybody is signed in, no row of `users` is visible. This finds the account of an address, and returns only its
-- id. Inactive accounts are not found.
create or replace function public.user_id_for_login(email text) returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select u.id from public.users u where u.email = user_id_for_login.email and u.is_active is not false
$$;
