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

grant select, insert, update, delete on public.connector_configs to prductr_app, prductr_service;
