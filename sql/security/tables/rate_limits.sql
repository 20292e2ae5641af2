-- Calls that count. No policy and no grant, so nobody reads, resets or locks a user's row, not even that user. Only
-- public.admit_call and public.trim_rate_limits do, with their owner's rights.

alter table public.rate_limits enable row level security;
alter table public.rate_limits force row level security;
