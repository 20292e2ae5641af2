-- How organizations come and go. Whoever is signed in may create one, by plain insert or by function, and is its owner
-- when the statement ends; its owners may delete it.

-- Makes the founder the first owner. Runs with its owner's rights because nobody administers the organization yet; it
-- acts only for the current user, on an organization that this user is founding.
create or replace function public.found_organization(organization_id text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into public.organization_members (id, organization_id, user_id, role, joined_at)
    select gen_random_uuid()::text, o.id, o.founder_id, 'owner', now()
    from public.organizations o
    where o.id = found_organization.organization_id
      and o.founder_id = nullif(current_setting('app.current_user_id', true), '');

    update public.organizations o
    set founder_id = null
    where o.id = found_organization.organization_id
      and o.founder_id = nullif(current_setting('app.current_user_id', true), '');
$$;

create or replace function public.organization_founded() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform public.found_organization(new.id);
    return null;
end
$$;

create or replace function public.create_organization(name text, slug text, id text default gen_random_uuid()::text)
returns setof public.organizations
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    insert into public.organizations (id, name, slug)
    values (create_organization.id, create_organization.name, create_organization.slug)
    returning *
$$;

create or replace function public.delete_organization() returns setof public.organizations
language sql volatile
set search_path = pg_catalog, pg_temp
as $$ delete from public.organizations o where o.id = public.owned_org_id() returning * $$;
