-- An escalation belongs to its project's organization. Members read, all but viewers write.

alter table public.escalations enable row level security;
alter table public.escalations force row level security;

create policy escalations_select on public.escalations for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy escalations_insert on public.escalations for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy escalations_update on public.escalations for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy escalations_delete on public.escalations for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger keep_id before insert on public.escalations
for each row when (public.transaction_has_id() and row_security_active('public.escalations'::regclass))
execute function public.keep_key('id', 'organization_id', 'escalations_pkey');

create or replace trigger take_transaction_id before update on public.escalations
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.escalations to prductr_app, prductr_service;
