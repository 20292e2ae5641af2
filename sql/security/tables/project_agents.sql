-- An assignment belongs to its project's organization. Members read, all but viewers write.

alter table public.project_agents enable row level security;
alter table public.project_agents force row level security;

create policy project_agents_select on public.project_agents for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy project_agents_insert on public.project_agents for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy project_agents_update on public.project_agents for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy project_agents_delete on public.project_agents for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger guard_agent before insert or update of agent_id, organization_id on public.project_agents
for each row when (new.organization_id is not null)
execute function public.guard_agent('agent_id');

create or replace trigger keep_id before insert on public.project_agents
for each row when (public.transaction_has_id() and row_security_active('public.project_agents'::regclass))
execute function public.keep_key('id', 'organization_id', 'project_agents_pkey');

create or replace trigger take_transaction_id before update on public.project_agents
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.project_agents to prductr_app, prductr_service;
