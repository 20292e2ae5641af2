-- An agent without an organization is global: every tenant sees it, none can make, change or remove one. Without an
-- organization in force nobody sees any.

alter table public.agents enable row level security;
alter table public.agents force row level security;

create policy agents_select on public.agents for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id())
    or (organization_id is null and (select public.current_org_id()) is not null));
create policy agents_insert on public.agents for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id()));
create policy agents_update on public.agents for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy agents_delete on public.agents for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

grant select, insert, update, delete on public.agents to prductr_app, prductr_service;
