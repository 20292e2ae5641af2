-- The rate limit of the context's user, by contract/rate_limit.json: the number of calls that a rolling window admits. It
-- runs with its owner's rights, because no other role can access the tables, and serves the current user alone.
-- A denied call reads the user's row and writes nothing, not even a lock: concurrent calls can only add to the count. An
-- admitted call updates the row only if it is unchanged since the read; if another call was faster, it has waited for that
-- one, holds the row from then on, and decides again. If the snapshot is older than a change of the row (REPEATABLE READ
-- and stricter), PostgreSQL refuses with 40001, and the transaction must be run again.

create or replace function public.admit_call(
    idempotency_key text default null,
    out admitted boolean,
    out counted boolean,
    out "limit" integer,
    out remaining integer,
    out reset_seconds integer,
    out window_seconds integer
) returns record
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    free_retries constant integer := 3;
    caller constant text := public.current_user_id();
    key_hash bigint;
    own_plan text;
    moment timestamptz;
    read_calls timestamptz[];
    stored integer;
    expired integer;
    dropped integer;
    retried integer;
    retries integer;
    stepped_back boolean;
    settled boolean := false;
begin
    if caller is null then
        raise exception 'no user is in the context' using errcode = 'TN001', hint = 'Call public.set_context first.';
    end if;
    if idempotency_key is not null then
        if length(idempotency_key) not between 1 and 255 then
            raise exception 'an idempotency key has 1 to 255 characters' using errcode = 'invalid_parameter_value';
        end if;
        key_hash := hashtextextended(idempotency_key, 0);
    end if;
    if nullif(current_setting('app.current_org_id', true), '') is not null then
        select p.plan into own_plan
        from public.organizations o
        join public.rate_limit_plans p on p.plan = o.plan
        where o.id = public.current_org_id();
    end if;

    loop
        -- All that there is to know, in one statement: plpgsql prepares each expression anew in each transaction, and that
        -- would be most of what a call costs. width_bucket counts, in a sorted array, the entries up to a moment. One more
        -- call comes back when an entry leaves: the oldest, or after a lowered limit as many as are too many.
        select p.calls, p.window_seconds, m.moment, r.calls, e.stored, e.expired, k.retried, r.key_retries[k.retried],
            r.calls[e.stored] > m.moment,
            case when e.expired > 0 then (
                select width_bucket(m.moment - make_interval(secs => max(l.window_seconds)), r.calls)
                from public.rate_limit_plans l
            ) else 0 end,
            case when e.stored > e.expired then ceil(extract(
                epoch from r.calls[least(greatest(e.expired + 1, e.stored - p.calls + 1), e.stored)] - w.since
            )) else p.window_seconds end
        into "limit", window_seconds, moment, read_calls, stored, expired, retried, retries, stepped_back, dropped,
            reset_seconds
        from public.rate_limit_plans p
        left join public.rate_limits r on r.user_id = caller
        cross join lateral (select clock_timestamp() as moment) m
        cross join lateral (select m.moment - make_interval(secs => p.window_seconds) as since) w
        cross join lateral (
            select coalesce(cardinality(r.calls), 0) as stored, coalesce(width_bucket(w.since, r.calls), 0) as expired
        ) e
        cross join lateral (
            select case when key_hash is not null then array_position(r.key_hashes, key_hash, e.expired + 1) end as retried
        ) k
        where case when own_plan is null then p.is_default else p.plan = own_plan end;
        if not found then
            raise exception 'no plan of the rate limit is the default'
                using errcode = 'object_not_in_prerequisite_state';
        end if;
        exit when settled;

        if stepped_back then
            -- What lies ahead was admitted before now, so taking it for now's admits no more.
            update public.rate_limits r
            set calls = array(select least(c.at, moment) from unnest(r.calls) with ordinality c (at, n) order by c.n)
            where r.user_id = caller;
            continue;
        end if;
        counted := stored - expired < "limit";
        admitted := counted;
        if retries < free_retries then
            counted := false;
            admitted := true;
            update public.rate_limits r
            set key_retries[retried] = retries + 1
            where r.user_id = caller and r.calls = read_calls and r.key_retries[retried] = retries;
        elsif not admitted then
            exit;
        elsif read_calls is null then
            insert into public.rate_limits (user_id, calls, key_hashes, key_retries)
            values (caller, array[moment], array[key_hash], '{0}')
            on conflict do nothing;
        else
            -- What no plan counts any more goes. A key that is used up is not remembered twice.
            update public.rate_limits r
            set calls = array_append(r.calls[dropped + 1:], moment),
                key_hashes = array_append(r.key_hashes[dropped + 1:], case when retried is null then key_hash end),
                key_retries = array_append(r.key_retries[dropped + 1:], 0::smallint)
            where r.user_id = caller and r.calls = read_calls;
        end if;
        if found then
            exit when not counted or clock_timestamp() - moment < interval '100 ms';
            -- Who had to wait for a transaction that was then undone was admitted after the wait, not before it.
            update public.rate_limits r
            set calls[cardinality(r.calls)] = clock_timestamp()
            where r.user_id = caller;
            settled := true;
        end if;
    end loop;
    remaining := greatest("limit" - stored + expired - case when counted and not settled then 1 else 0 end, 0);
end
$$;

-- Cleaning, for the Worker upkeep: removes entries that no plan counts any more, of at most `batch` users, those due longest
-- first. It skips a user whose call is being decided. Returns the number of removed entries.
create or replace function public.trim_rate_limits(batch integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    since timestamptz;
    removed bigint;
begin
    perform public.require_batch(batch);
    select clock_timestamp() - make_interval(secs => max(p.window_seconds)) into since from public.rate_limit_plans p;
    with waiting as (
        select r.user_id, width_bucket(since, r.calls) as expired, cardinality(r.calls) as stored
        from public.rate_limits r
        where r.oldest <= since
        order by r.oldest
        limit batch
        for update skip locked
    ),
    emptied as (
        delete from public.rate_limits r
        using waiting w
        where r.user_id = w.user_id and w.expired = w.stored
    ),
    trimmed as (
        update public.rate_limits r
        set calls = r.calls[w.expired + 1:],
            key_hashes = r.key_hashes[w.expired + 1:],
            key_retries = r.key_retries[w.expired + 1:]
        from waiting w
        where r.user_id = w.user_id and w.expired < w.stored
    )
    select coalesce(sum(w.expired), 0) into removed from waiting w;
    return removed;
end
$$;
