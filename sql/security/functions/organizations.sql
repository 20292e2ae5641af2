-- Creation and deletion of organizations. A signed-in user may create one and become its first owner: in two statements, as
-- the application does, or with the function. Its owners may delete it.

-- Organizations that the current user has created and that have no owner yet: `founder_id` is set until there is one.
create or replace function public.founded_org_ids() returns text[]
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$ select array(select o.id::text from public.organizations o where o.founder_id = public.current_user_id()) $$;

-- The founding ends with the first owner. It runs with its owner's rights because nobody may write `founder_id`; as a
-- trigger it is called only by the row that adds an owner.
create or replace function public.founding_ended() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update public.organizations o set founder_id = null where o.id = new.organization_id and o.founder_id is not null;
    return null;
end
$$;

-- squawk-ignore ban-drop-function
drop function if exists public.end_founding(text);

-- Policies see the data as of the start of the statement, or under REPEATABLE READ of the transaction. A user who has lost
-- their role since then can neither change nor delete the organization.
create or replace function public.guard_organization() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if row_security_active('public.organizations')
        and coalesce(public.newest_rank(old.id), 0) < public.member_rank(tg_argv[0])
    then
        raise exception 'the role in organization % was taken away meanwhile', quote_literal(old.id)
            using errcode = 'insufficient_privilege';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
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
