-- The last success of each upkeep job. No policy and no grant: public.record_upkeep writes it, public.last_upkeep reads it.

alter table public.upkeep_jobs enable row level security;
alter table public.upkeep_jobs force row level security;
