-- A conflict belongs to its project's organization. Members read, all but viewers write.

alter table public.file_conflicts enable row level security;
alter table public.file_conflicts force row level security;

create policy file_conflicts_select on public.file_conflicts for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy file_conflicts_insert on public.file_conflicts for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy file_conflicts_update on public.file_conflicts for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy file_conflicts_delete on public.file_conflicts for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger keep_id before insert on public.file_conflicts
for each row when (public.transaction_has_id() and row_security_active('public.file_conflicts'::regclass))
execute function public.keep_key('id', 'organization_id', 'file_conflicts_pkey');

create or replace trigger take_transaction_id before update on public.file_conflicts
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.file_conflicts to prductr_app, prductr_service;
