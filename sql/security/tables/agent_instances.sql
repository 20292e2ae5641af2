-- A running agent belongs to its project's organization. Members read, all but viewers write.

alter table public.agent_instances enable row level security;
alter table public.agent_instances force row level security;

create policy agent_instances_select on public.agent_instances for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy agent_instances_insert on public.agent_instances for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy agent_instances_update on public.agent_instances for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy agent_instances_delete on public.agent_instances for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger guard_agent before insert or update of agent_id, organization_id on public.agent_instances
for each row when (new.organization_id is not null)
execute function public.guard_agent('agent_id');

create or replace trigger hold_session_id before insert or update of session_id on public.agent_instances
for each row execute function public.hold_key('session_id');

create or replace trigger keep_id before insert on public.agent_instances
for each row when (public.transaction_has_id() and row_security_active('public.agent_instances'::regclass))
execute function public.keep_key('id', 'organization_id', 'agent_instances_pkey');

create or replace trigger keep_session_id before insert on public.agent_instances
for each row when (row_security_active('public.agent_instances'::regclass))
execute function public.keep_key('session_id', 'organization_id', 'agent_instances_session_id_unique');

create or replace trigger take_transaction_id before update on public.agent_instances
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.agent_instances to prductr_app, prductr_service;
