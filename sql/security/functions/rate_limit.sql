-- The rate limit of the context's user, by contract/rate_limit.json: how many calls a rolling window admits. It runs with
-- its owner's rights, because nobody else reaches the tables, and answers for the current user alone.
-- A denied call finds no row to lock, and so writes nothing, not even a lock; whoever is admitted holds the user's row to
-- the end of the transaction. Where the snapshot is older than a row that others have changed (REPEATABLE READ and stricter)
-- PostgreSQL refuses with 40001, and the transaction is to be run again; no call is admitted by what it could not see.

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
    a_window interval;
    longest interval;
    mine public.rate_limits;
    locked boolean;
    moment timestamptz;
    stored integer;
    expired integer;
    retried integer;
    stepped_back boolean;
begin
    if caller is null then
        raise exception 'no user is in the context' using errcode = 'TN001', hint = 'Call public.set_context first.';
    end if;
    if length(idempotency_key) not between 1 and 255 then
        raise exception 'an idempotency key has 1 to 255 characters' using errcode = 'invalid_parameter_value';
    end if;
    key_hash := hashtextextended(idempotency_key, 0);
    select p.calls, p.window_seconds, make_interval(secs => p.window_seconds),
        make_interval(secs => (select max(m.window_seconds) from public.rate_limit_plans m))
    into "limit", window_seconds, a_window, longest
    from public.rate_limit_plans p
    where p.is_default or p.plan = (select o.plan from public.organizations o where o.id = public.current_org_id())
    order by p.is_default
    limit 1;
    if not found then
        raise exception 'no plan of the rate limit is the default' using errcode = 'object_not_in_prerequisite_state';
    end if;

    loop
        -- Locked only if the call may be admitted, or an entry lies in the future. width_bucket counts, in a sorted array,
        -- the entries up to a moment.
        select r.* into mine
        from public.rate_limits r
        where r.user_id = caller
          and (
              cardinality(r.calls) - width_bucket(clock_timestamp() - a_window, r.calls) < "limit"
              or r.calls[cardinality(r.calls)] > clock_timestamp()
              or key_hash = any (r.key_hashes)
          )
        for update;
        locked := found;
        if not locked then
            select r.* into mine from public.rate_limits r where r.user_id = caller;
            if not found then
                insert into public.rate_limits (user_id) values (caller) on conflict do nothing;
                continue;
            end if;
        end if;

        moment := clock_timestamp();
        stored := cardinality(mine.calls);
        stepped_back := mine.calls[stored] > moment;
        if stepped_back then
            mine.calls := array(
                select least(c.at, moment) from unnest(mine.calls) with ordinality c (at, n) order by c.n
            );
        end if;
        expired := width_bucket(moment - a_window, mine.calls);
        if key_hash is not null then  -- array_position finds null, too
            retried := array_position(mine.key_hashes, key_hash, expired + 1);
        end if;
        if mine.key_retries[retried] < free_retries then
            mine.key_retries[retried] := mine.key_retries[retried] + 1;
            admitted := true;
            counted := false;
        else
            admitted := stored - expired < "limit";
            counted := admitted;
        end if;
        exit when locked or not admitted;
    end loop;

    if counted then
        -- What no plan counts any more goes. A key that is used up is not remembered twice.
        stored := width_bucket(moment - longest, mine.calls);
        mine.calls := array_append(mine.calls[stored + 1:], moment);
        mine.key_hashes := array_append(
            mine.key_hashes[stored + 1:], case when retried is null then key_hash end
        );
        mine.key_retries := array_append(mine.key_retries[stored + 1:], 0::smallint);
        expired := expired - stored;
        stored := cardinality(mine.calls);
    end if;
    if admitted or (locked and stepped_back) then
        update public.rate_limits r
        set calls = mine.calls, key_hashes = mine.key_hashes, key_retries = mine.key_retries
        where r.user_id = caller;
    end if;

    remaining := greatest("limit" - (stored - expired), 0);
    -- One more call comes back when this entry leaves: the oldest, or after a lowered limit as many as are too many.
    reset_seconds := case
        when stored = expired then window_seconds
        else ceil(extract(epoch from
            mine.calls[least(greatest(expired + 1, stored - "limit" + 1), stored)] + a_window - moment
        ))
    end;
end
$$;

-- Cleaning, for the Worker upkeep: entries that no plan counts any more, of at most `batch` users, those who are waiting
-- for it longest first. A user whose call is being judged is passed over. Returns how many entries were removed.
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
