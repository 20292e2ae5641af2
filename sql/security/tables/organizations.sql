-- Users see the organizations that they belong to, and one that they are just founding. Admins change an organization, and
-- owners delete it. Machines read the one that they name, without its keys.

alter table public.organizations enable row level security;
alter table public.organizations force row level security;

create policy organizations_select on public.organizations for select to prductr_app, prductr_service
using (id = any ((select public.current_user_org_ids())::text[])
    or founder_id = (select public.current_user_id()));
create policy organizations_insert on public.organizations for insert to prductr_app, prductr_service
with check (founder_id = (select public.current_user_id()));
create policy organizations_update on public.organizations for update to prductr_app, prductr_service
using (id = (select public.administered_org_id()))
with check (id = (select public.administered_org_id()));
create policy organizations_delete on public.organizations for delete to prductr_app, prductr_service
using (id = (select public.owned_org_id()));

create or replace trigger guard_change before update on public.organizations
for each row execute function public.guard_organization('admin');

create or replace trigger guard_deletion before delete on public.organizations
for each row execute function public.guard_organization('owner');

create or replace trigger hold_id before insert or update of id on public.organizations
for each row execute function public.hold_key('id');

create or replace trigger hold_slug before insert or update of slug on public.organizations
for each row execute function public.hold_key('slug');

create or replace trigger keep_id before insert on public.organizations
for each row when (row_security_active('public.organizations'::regclass))
execute function public.keep_key('id', 'id', 'organizations_pkey');

create or replace trigger keep_slug before insert on public.organizations
for each row when (row_security_active('public.organizations'::regclass))
execute function public.keep_key('slug', 'id', 'organizations_slug_unique');

-- Nobody may write `founder_id`: its default is the current user.
grant select, delete on public.organizations to prductr_app;
grant insert (id, name, slug, plan, billing_email, api_keys, settings, created_at, updated_at),
    update (id, name, slug, plan, billing_email, api_keys, settings, created_at, updated_at)
on public.organizations to prductr_app;
grant select (id, name, slug, plan, billing_email, settings, created_at, updated_at)
on public.organizations to prductr_service;
