-- A key that is unique in the whole table crosses tenants: an insert reveals that it is taken, which is unavoidable. But
-- PostgreSQL evaluates the WHERE of `insert … on conflict … do update` on the conflicting row before it evaluates any
-- policy. So these triggers look up another tenant's row before PostgreSQL does, and fail like a plain insert: with 23505
-- if the policy would accept the new row, with 42501 if it would not, whatever the rest of the statement is.

-- A row that another transaction has inserted but not committed is invisible, and yet conflicts. So a transaction that
-- writes a guessable key, or that of a secret, holds a lock on it until its end, and others wait here before the lookup.
-- (In the other tables, an attacker would have to know the random id of an uncommitted row.)
create or replace function public.hold_key() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(
        hashtextextended(format('%s.%s/%s', tg_table_name, tg_argv[0], to_jsonb(new) ->> tg_argv[0]), 0)
    );
    return new;
end
$$;

-- The lookup of each key makes a bulk insert up to half again as slow. So most tables do it only if the statement may
-- update: such an insert fires the statement triggers of UPDATE before its first row, and this one assigns the
-- transaction its number, which nothing revokes.
create or replace function public.take_transaction_id() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_current_xact_id();
    return null;
end
$$;

-- Declared immutable so that a row trigger's WHEN evaluates it once in each execution of a statement, at its first row. An
-- insert without a number there cannot update; its own first row must not change that. Evaluating it at each row would cost
-- more and refuse the same rows.
create or replace function public.transaction_has_id() returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$ select pg_current_xact_id_if_assigned() is not null $$;

-- Arguments: the key's column, the column that holds a row's owner, the key's constraint.
create or replace function public.keep_key() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    inserted jsonb := to_jsonb(new);
    theirs text;
    taken integer;
    visible boolean;
begin
    execute format('select %I from public.%I where %I = $1', tg_argv[1], tg_table_name, tg_argv[0])
    into theirs using inserted ->> tg_argv[0];
    get diagnostics taken = row_count;
    if taken > 0 then
        visible := case
            when tg_table_name in ('users', 'user_secrets') then theirs = public.current_user_id()
            when tg_table_name = 'organizations' then theirs = any (public.current_user_org_ids())
            else theirs = public.current_org_id()
        end;
        if visible is not true then
            perform public.refuse_key(tg_table_name, tg_argv[2], inserted);
        end if;
    end if;
    return new;
end
$$;

-- The same for ids in tables that grow by thousands of rows at once, at a fifth of the cost: the policy ensures that the
-- new row names the organization in force.
create or replace function public.keep_id() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    theirs text;
begin
    case tg_table_name
        when 'tasks' then
            select t.organization_id into theirs from public.tasks t where t.id = new.id;
        when 'task_activities' then
            select t.organization_id into theirs from public.task_activities t where t.id = new.id;
        when 'cost_events' then
            select t.organization_id into theirs from public.cost_events t where t.id = new.id;
    end case;
    if found and (theirs = new.organization_id) is not true then
        perform public.refuse_key(tg_table_name, tg_table_name || '_pkey', to_jsonb(new));
    end if;
    return new;
end
$$;

-- A user who may not insert the row learns nothing about its key: the conditions are those of the policies for INSERT.
create or replace function public.refuse_key(table_name text, constraint_name text, inserted jsonb) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    organization text := inserted ->> 'organization_id';
    person text := public.current_user_id();
    allowed boolean;
begin
    allowed := case table_name
        when 'users' then inserted ->> 'id' = person
        when 'user_secrets' then inserted ->> 'user_id' = person
        when 'organizations' then inserted ->> 'founder_id' = person
        when 'organization_members' then organization = public.administered_org_id()
            or (organization = any (public.founded_org_ids()) and inserted ->> 'user_id' = person)
        else organization = public.writable_org_id()
    end;
    if table_name = 'cost_events' and inserted ->> 'event_type' = 'analytics' then
        allowed := allowed or organization = public.current_org_id() or (organization is null and person is not null);
    end if;
    if allowed then
        raise unique_violation using
            message = format('duplicate key value violates unique constraint "%s"', constraint_name),
            schema = 'public', table = table_name, constraint = constraint_name;
    end if;
    raise insufficient_privilege using
        message = format('new row violates row-level security policy for table "%s"', table_name);
end
$$;
