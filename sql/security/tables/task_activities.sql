-- An activity belongs to its task's organization. Members read, all but viewers write.

alter table public.task_activities enable row level security;
alter table public.task_activities force row level security;

create policy task_activities_select on public.task_activities for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy task_activities_insert on public.task_activities for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy task_activities_update on public.task_activities for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy task_activities_delete on public.task_activities for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger keep_id before insert on public.task_activities
for each row when (public.transaction_has_id() and row_security_active('public.task_activities'::regclass))
execute function public.keep_id();

create or replace trigger take_transaction_id before update on public.task_activities
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.task_activities to prductr_app, prductr_service;
