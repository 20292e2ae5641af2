-- A project belongs to an organization. Its members read, all but viewers write.

alter table public.projects enable row level security;
alter table public.projects force row level security;

create policy projects_select on public.projects for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy projects_insert on public.projects for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy projects_update on public.projects for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy projects_delete on public.projects for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger keep_id before insert on public.projects
for each row when (public.transaction_has_id() and row_security_active('public.projects'::regclass))
execute function public.keep_key('id', 'organization_id', 'projects_pkey');

create or replace trigger take_transaction_id before update on public.projects
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.projects to prductr_app, prductr_service;
