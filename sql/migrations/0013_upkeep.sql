--! transaction: none
-- What the Worker upkeep removes is found by an index, in batches of bounded cost; and when it last succeeded.

create index concurrently cost_events_analytics_created_at_idx on public.cost_events (created_at)
where event_type = 'analytics';
create index concurrently file_locks_expires_at_idx on public.file_locks (expires_at) where expires_at is not null;

create table public.upkeep_jobs (
    job text not null,
    succeeded_at timestamp with time zone not null,
    removed bigint not null,
    constraint upkeep_jobs_pkey primary key (job),
    constraint upkeep_jobs_known check (job in ('analytics', 'rate_limits', 'file_locks')),
    constraint upkeep_jobs_removed_natural check (removed >= 0)
);
