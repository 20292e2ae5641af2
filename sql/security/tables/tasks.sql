-- A task belongs to its project's organization. Members read, all but viewers write.

alter table public.tasks enable row level security;
alter table public.tasks force row level security;

create policy tasks_select on public.tasks for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy tasks_insert on public.tasks for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy tasks_update on public.tasks for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy tasks_delete on public.tasks for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger guard_agent before insert or update of assigned_to, organization_id on public.tasks
for each row when (new.assigned_to is not null and new.organization_id is not null)
execute function public.guard_agent('assigned_to');

create or replace trigger keep_id before insert on public.tasks
for each row when (public.transaction_has_id() and row_security_active('public.tasks'::regclass))
execute function public.keep_id();

create or replace trigger take_transaction_id before update on public.tasks
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.tasks to prductr_app, prductr_service;
