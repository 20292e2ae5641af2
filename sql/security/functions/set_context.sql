-- The application's first statement of each transaction. Both settings end with the transaction, so that a pooled
-- connection carries nothing over to the next one. Returns the organization in force: NULL tells the application that
-- the user is not a member, without an error.

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

-- Before anybody is signed in, no row of `users` is visible. This finds the account that an address belongs to, and tells
-- nothing about it but its id. Inactive accounts are not found.
create or replace function public.user_id_for_login(email text) returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select u.id from public.users u where u.email = user_id_for_login.email and u.is_active is not false
$$;
