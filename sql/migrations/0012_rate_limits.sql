-- squawk-ignore-file prefer-bigint-over-int, prefer-bigint-over-smallint
-- (The numbers are bounded by checks, the retries by the contract.)
-- The rate limit's data (contract/rate_limit.json): what each plan allows, and the calls of each user that count. Nobody but
-- the owner reaches the tables: the application asks public.admit_call.

create table public.rate_limit_plans (
    plan character varying(50) not null,
    calls integer not null,
    window_seconds integer not null,
    is_default boolean default false not null,
    constraint rate_limit_plans_pkey primary key (plan),
    -- Each call of a window is an entry in one row of rate_limits.
    constraint rate_limit_plans_calls_bounded check (calls between 0 and 10000),
    constraint rate_limit_plans_window_bounded check (window_seconds between 1 and 31622400)
);
-- Who has no plan, or one that is not listed here, gets the default.
create unique index rate_limit_plans_default_key on public.rate_limit_plans (is_default) where is_default;
insert into public.rate_limit_plans (plan, calls, window_seconds, is_default) values ('free', 100, 86400, true);

-- One row a user. Its arrays run parallel, oldest call first: when it was admitted, a hash of its idempotency key, and how
-- often it was repeated under that key. An entry is 8 bytes, and 18 with a key. There is no foreign key to users: with
-- one, a user could delete the account and sign up again under its id to begin anew.
create table public.rate_limits (
    user_id text not null,
    calls timestamp with time zone [] default '{}' not null,
    key_hashes bigint [] default '{}' not null,
    key_retries smallint [] default '{}' not null,
    oldest timestamp with time zone generated always as (calls[1]) stored,
    constraint rate_limits_pkey primary key (user_id),
    constraint rate_limits_parallel check (
        cardinality(key_hashes) = cardinality(calls) and cardinality(key_retries) = cardinality(calls)
    )
)
-- A call rewrites its user's row. With room in the page, and out of the overflow table, that writes no index.
with (fillfactor = 50, toast_tuple_target = 4096);
-- What cleaning looks for. An admitted call changes it only when its user's oldest call has left the window.
create index rate_limits_oldest_idx on public.rate_limits (oldest);
