-- When each job of upkeep last succeeded. No policy and no grant: public.record_upkeep writes it, public.last_upkeep reads.

alter table public.upkeep_jobs enable row level security;
alter table public.upkeep_jobs force row level security;
