-- How organizations come and go. Whoever is signed in may create one and make itself its first owner: in two statements, as
-- the application does, or by the function. Its owners may delete it.

-- Organizations that the current user has created and that have no owner yet: `founder_id` is set until there is one.
create or replace function public.founded_org_ids() returns text[]
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$ select array(select o.id::text from public.organizations o where o.founder_id = public.current_user_id()) $$;

-- Ends the founding. Runs with its owner's rights because nobody may write `founder_id`; it only ever takes a right away,
-- and only where an owner exists.
create or replace function public.end_founding(organization_id text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    update public.organizations o
    set founder_id = null
    where o.id = end_founding.organization_id
      and exists (
          select from public.organization_members m where m.organization_id = o.id and m.role = 'owner'
      )
$$;

create or replace function public.founding_ended() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform public.end_founding(new.organization_id);
    return null;
end
$$;

create or replace function public.create_organization(name text, slug text, id text default gen_random_uuid()::text)
returns setof public.organizations
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    insert into public.organizations (id, name, slug)
    values (create_organization.id, create_organization.name, create_organization.slug);

    insert into public.organization_members (id, organization_id, user_id, role, joined_at)
    values (gen_random_uuid()::text, create_organization.id, public.current_user_id(), 'owner', now());

    select o.* from public.organizations o where o.id = create_organization.id
$$;

create or replace function public.delete_organization() returns setof public.organizations
language sql volatile
set search_path = pg_catalog, pg_temp
as $$ delete from public.organizations o where o.id = public.owned_org_id() returning * $$;
