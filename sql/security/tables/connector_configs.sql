-- Connectors belong to an organization. Its members read, all but viewers write.

alter table public.connector_configs enable row level security;
alter table public.connector_configs force row level security;

create policy connector_configs_select on public.connector_configs for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy connector_configs_insert on public.connector_configs for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy connector_configs_update on public.connector_configs for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy connector_configs_delete on public.connector_configs for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger hold_id before insert or update of id on public.connector_configs
for each row execute function public.hold_key('id');

create or replace trigger keep_id before insert on public.connector_configs
for each row when (row_security_active('public.connector_configs'::regclass))
execute function public.keep_key('id', 'organization_id', 'connector_configs_pkey');

grant select, insert, update, delete on public.connector_configs to prductr_app, prductr_service;
