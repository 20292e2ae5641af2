-- The rights of the Worker upkeep, one narrow function each, for the machines' role alone. They run with their owner's
-- rights, across tenants, and can remove only expired rows. Each removes at most `batch` rows, so a statement stays short;
-- a repeated call continues where the last one ended. Rows that another session has locked are skipped.

create or replace function public.require_batch(batch integer) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if batch is null or batch not between 1 and 10000 then
        raise exception 'a batch has 1 to 10000 rows' using errcode = 'invalid_parameter_value';
    end if;
end
$$;

-- Removes analytics events older than `retention`. A row with a cost is not an analytics event, whatever its type.
-- (`created_at` has no time zone; the application and the server write UTC.)
create or replace function public.trim_analytics(retention interval, batch integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    removed bigint;
begin
    perform public.require_batch(batch);
    if retention is null or retention < interval '1 day' then
        raise exception 'analytics are kept for a day at least' using errcode = 'invalid_parameter_value';
    end if;
    delete from public.cost_events e
    where e.id in (
        select c.id
        from public.cost_events c
        where c.event_type = 'analytics'
          and c.cost = 0
          and c.created_at < clock_timestamp() at time zone 'UTC' - retention
        order by c.created_at
        limit batch
        for update skip locked
    );
    get diagnostics removed = row_count;
    return removed;
end
$$;

-- Removes expired file locks. A lock without an end stays.
create or replace function public.trim_file_locks(batch integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    removed bigint;
begin
    perform public.require_batch(batch);
    delete from public.file_locks l
    where l.id in (
        select f.id
        from public.file_locks f
        where f.expires_at <= clock_timestamp() at time zone 'UTC'
        order by f.expires_at
        limit batch
        for update skip locked
    );
    get diagnostics removed = row_count;
    return removed;
end
$$;

-- Records that a job has succeeded now, in one row for each job. An unknown job is refused.
create or replace function public.record_upkeep(job text, removed bigint) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into public.upkeep_jobs (job, succeeded_at, removed)
    values (record_upkeep.job, clock_timestamp(), record_upkeep.removed)
    on conflict (job) do update set succeeded_at = excluded.succeeded_at, removed = excluded.removed
$$;

-- Returns the last success of each job, and the number of rows that it removed. A job that never ran is not listed.
create or replace function public.last_upkeep()
returns table (job text, succeeded_at timestamptz, removed bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$ select j.job, j.succeeded_at, j.removed from public.upkeep_jobs j order by j.job $$;
