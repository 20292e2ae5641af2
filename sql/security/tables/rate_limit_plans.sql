-- The plans' limits. No policy and no grant: public.admit_call reads the table, and its owner writes it.

alter table public.rate_limit_plans enable row level security;
alter table public.rate_limit_plans force row level security;
