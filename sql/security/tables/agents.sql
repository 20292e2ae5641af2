-- An agent without an organization is global: every tenant sees it, and none can create, change or remove one. Without an
-- organization in force nobody sees any agent.

alter table public.agents enable row level security;
alter table public.agents force row level security;

create policy agents_select on public.agents for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id())
    or (organization_id is null and (select public.current_org_id()) is not null));
create policy agents_insert on public.agents for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy agents_update on public.agents for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy agents_delete on public.agents for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger keep_id before insert on public.agents
for each row when (public.transaction_has_id() and row_security_active('public.agents'::regclass))
execute function public.keep_key('id', 'organization_id', 'agents_pkey');

create or replace trigger take_transaction_id before update on public.agents
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.agents to prductr_app, prductr_service;
