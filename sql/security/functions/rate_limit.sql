-- The rate limit of the context's user, by contract/rate_limit.json: how many calls a rolling window admits. It runs with
-- its owner's rights, because nobody else reaches the tables, and answers for the current user alone.
-- A denied call reads the user's row and writes nothing, not even a lock: what others do meanwhile can only add calls. An
-- admitted one writes the row only as it has read it; where another call was faster, it has waited for that one, holds the
-- row from then on, and judges anew. Where the snapshot is older than a row that others have changed (REPEATABLE READ and
-- stricter) PostgreSQL refuses with 40001, and the transaction is to be run again.

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
    key_hash constant bigint := hashtextextended(idempotency_key, 0);
    own_plan text;
    a_window interval;
    moment timestamptz;
    my_calls timestamptz[];
    my_hashes bigint[];
    my_retries smallint[];
    read_calls timestamptz[];
    read_retries smallint[];
    known boolean;
    stepped_back boolean;
    stored integer;
    expired integer;
    dropped integer;
    retried integer;
begin
    if caller is null then
        raise exception 'no user is in the context' using errcode = 'TN001', hint = 'Call public.set_context first.';
    end if;
    if length(idempotency_key) not between 1 and 255 then
        raise exception 'an idempotency key has 1 to 255 characters' using errcode = 'invalid_parameter_value';
    end if;
    if current_setting('app.current_org_id', true) <> '' then
        select p.plan into own_plan
        from public.organizations o
        join public.rate_limit_plans p on p.plan = o.plan
        where o.id = public.current_org_id();
    end if;

    loop
        -- In one statement, because that is most of what a denied call costs.
        select p.calls, p.window_seconds, make_interval(secs => p.window_seconds), clock_timestamp(),
            r.calls, r.key_hashes, r.key_retries, cardinality(r.calls)
        into "limit", window_seconds, a_window, moment, my_calls, my_hashes, my_retries, stored
        from public.rate_limit_plans p
        left join public.rate_limits r on r.user_id = caller
        where case when own_plan is null then p.is_default else p.plan = own_plan end;
        if not found then
            raise exception 'no plan of the rate limit is the default'
                using errcode = 'object_not_in_prerequisite_state';
        end if;
        known := stored is not null;
        stored := coalesce(stored, 0);
        stepped_back := coalesce(my_calls[stored] > moment, false);
        if stepped_back then
            read_calls := my_calls;
            my_calls := array(
                select least(c.at, moment) from unnest(read_calls) with ordinality c (at, n) order by c.n
            );
        end if;
        expired := coalesce(width_bucket(moment - a_window, my_calls), 0);  -- counts the entries up to that moment
        if key_hash is not null then  -- array_position finds null, too
            retried := array_position(my_hashes, key_hash, expired + 1);
        end if;
        counted := coalesce(my_retries[retried] >= free_retries, true) and stored - expired < "limit";
        admitted := counted or coalesce(my_retries[retried] < free_retries, false);
        exit when not admitted and not stepped_back;

        if not stepped_back then
            read_calls := my_calls;
        end if;
        read_retries := my_retries;
        if admitted and not counted then
            my_retries[retried] := my_retries[retried] + 1;
        elsif counted then
            dropped := 0;
            if expired > 0 then  -- What no plan counts any more goes.
                select width_bucket(moment - make_interval(secs => max(p.window_seconds)), my_calls) into dropped
                from public.rate_limit_plans p;
            end if;
            -- A key that is used up is not remembered twice.
            my_calls := array_append(my_calls[dropped + 1:], moment);
            my_hashes := array_append(my_hashes[dropped + 1:], case when retried is null then key_hash end);
            my_retries := array_append(my_retries[dropped + 1:], 0::smallint);
            expired := expired - dropped;
            stored := stored - dropped + 1;
        end if;
        if not known then
            insert into public.rate_limits (user_id, calls, key_hashes, key_retries)
            values (caller, my_calls, my_hashes, my_retries)
            on conflict do nothing;
        else
            update public.rate_limits r
            set calls = my_calls, key_hashes = my_hashes, key_retries = my_retries
            where r.user_id = caller and r.calls = read_calls and r.key_retries = read_retries;
        end if;
        exit when found;
    end loop;

    if counted and clock_timestamp() - moment > interval '100 ms' then
        -- Who had to wait for a transaction that was then undone was admitted after the wait, not before it.
        moment := clock_timestamp();
        my_calls[stored] := moment;
        update public.rate_limits r set calls = my_calls where r.user_id = caller;
    end if;
    remaining := greatest("limit" - (stored - expired), 0);
    -- One more call comes back when this entry leaves: the oldest, or after a lowered limit as many as are too many.
    reset_seconds := case
        when stored = expired then window_seconds
        else ceil(extract(epoch from
            my_calls[least(greatest(expired + 1, stored - "limit" + 1), stored)] + a_window - moment
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
