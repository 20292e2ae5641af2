-- A lock belongs to its project's organization. Members read, all but viewers write.

alter table public.file_locks enable row level security;
alter table public.file_locks force row level security;

create policy file_locks_select on public.file_locks for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy file_locks_insert on public.file_locks for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy file_locks_update on public.file_locks for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy file_locks_delete on public.file_locks for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

grant select, insert, update, delete on public.file_locks to prductr_app, prductr_service;
