-- The rules for managing members. Policies decide on which organization's rows a user may act; the trigger here decides
-- what each role may do, for the functions and for plain statements alike:
-- nobody grants a role above their own or changes the row of a member above themselves, and the last owner stays.
-- It does not apply to the tables' owner: migrations, and cascades when an organization is deleted.

create or replace function public.member_rank(role text) returns integer
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$ select coalesce(array_position(array['viewer', 'member', 'admin', 'owner'], role), 0) $$;

-- The current user's rank in an organization right now, whatever the snapshot shows: changes of memberships and of the
-- organization itself are serialized here. Under REPEATABLE READ, locking a role that was changed since fails (40001).
create or replace function public.newest_rank(organization text) returns integer
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    acting integer;
begin
    perform pg_advisory_xact_lock(hashtextextended('organization_members/' || organization, 0));
    select public.member_rank(m.role) into acting
    from public.organization_members m
    where m.organization_id = organization and m.user_id = public.current_user_id();
    if acting >= public.member_rank('admin')
        and current_setting('transaction_isolation') in ('repeatable read', 'serializable')
    then
        perform from public.organization_members m
        where m.organization_id = organization and m.user_id = public.current_user_id()
        for share;
    end if;
    return acting;
end
$$;

create or replace function public.guard_membership() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    organization text := case when tg_op = 'INSERT' then new.organization_id else old.organization_id end;
    acting integer;
begin
    if not row_security_active('public.organization_members') then
        return case when tg_op = 'DELETE' then old else new end;
    end if;
    -- Two owners who leave at the same moment must not each count on the other: the second waits here for the first.
    acting := public.newest_rank(organization);
    if acting is null and organization = any (public.founded_org_ids()) then
        acting := public.member_rank('owner');  -- of an organization without members, which it has just created
    end if;

    if tg_op <> 'DELETE' and public.member_rank(new.role) not between 1 and coalesce(acting, 0) then
        raise exception 'a member cannot give the role %', coalesce(quote_literal(new.role), 'NULL')
            using errcode = 'insufficient_privilege';
    end if;
    if tg_op <> 'INSERT' and public.member_rank(old.role) > coalesce(acting, 0) then
        raise exception 'a member cannot change somebody of a higher role' using errcode = 'insufficient_privilege';
    end if;
    -- The policies say so, too, but of an earlier moment.
    if coalesce(acting, 0) < public.member_rank('admin')
        and not (tg_op = 'DELETE' and old.user_id = public.current_user_id())
    then
        raise exception 'only admins and owners change organization_members' using errcode = 'insufficient_privilege';
    end if;
    if tg_op <> 'INSERT' and old.role = 'owner' and (
        tg_op = 'DELETE' or (new.role, new.user_id, new.organization_id)
            is distinct from (old.role, old.user_id, old.organization_id)
    ) then
        perform from public.organization_members m
        where m.organization_id = organization and m.role = 'owner' and m.id <> old.id
        limit 1;
        if found and current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
            -- The snapshot is older than the wait, and still shows an owner who has left meanwhile; a lock on that row
            -- fails to be had (40001). Whoever waits above holds its own row already: it is passed over, and waited for
            -- only where nobody else would stay.
            perform from public.organization_members m
            where m.organization_id = organization and m.role = 'owner' and m.id <> old.id
            limit 1
            for share skip locked;
            if not found then
                perform from public.organization_members m
                where m.organization_id = organization and m.role = 'owner' and m.id <> old.id
                limit 1
                for share;
            end if;
        end if;
        if not found then
            raise exception 'the last owner cannot leave an organization' using errcode = 'check_violation';
        end if;
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end
$$;

create or replace function public.add_member(user_id text, role text default 'member')
returns setof public.organization_members
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    insert into public.organization_members (id, organization_id, user_id, role, joined_at)
    values (gen_random_uuid()::text, public.current_org_id(), add_member.user_id, add_member.role, now())
    returning *
$$;

create or replace function public.set_member_role(user_id text, role text)
returns setof public.organization_members
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    update public.organization_members m
    set role = set_member_role.role
    where m.organization_id = public.current_org_id() and m.user_id = set_member_role.user_id
    returning *
$$;

-- A member leaves with it as well, by its own id.
create or replace function public.remove_member(user_id text) returns setof public.organization_members
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    delete from public.organization_members m
    where m.organization_id = public.current_org_id() and m.user_id = remove_member.user_id
    returning *
$$;

-- The data that members of an organization may see of each other: names and addresses. A row of `users`, which also holds
-- credentials and the last activity, is visible to its user only; so this runs with its owner's rights, and returns members
-- of the organization in force only.
create or replace function public.fellow_members()
returns table (member_id text, name text, email text, avatar_url text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select m.user_id::text, u.name::text, u.email::text, u.avatar_url
    from public.organization_members m
    join public.users u on u.id = m.user_id
    where m.organization_id = public.current_org_id()
$$;
