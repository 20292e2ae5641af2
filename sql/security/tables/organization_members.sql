-- Members see each other, and users their own memberships everywhere, to switch between them. Admins manage members, and
-- a member may leave; guard_membership decides what each role may do to which other. A user who has just created an
-- organization may become its first owner.

alter table public.organization_members enable row level security;
alter table public.organization_members force row level security;

create policy organization_members_select on public.organization_members for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id())
    or user_id = (select public.current_user_id()));
create policy organization_members_insert on public.organization_members for insert to prductr_app, prductr_service
with check (organization_id = (select public.administered_org_id())
    or (
        organization_id = any ((select public.founded_org_ids())::text[])
        and user_id = (select public.current_user_id()) and role = 'owner'
    ));
create policy organization_members_update on public.organization_members for update to prductr_app, prductr_service
using (organization_id = (select public.administered_org_id()))
with check (organization_id = (select public.administered_org_id()));
create policy organization_members_delete on public.organization_members for delete to prductr_app, prductr_service
using (organization_id = (select public.administered_org_id())
    or (organization_id = (select public.current_org_id()) and user_id = (select public.current_user_id())));

create or replace trigger guard_membership before insert or update or delete on public.organization_members
for each row execute function public.guard_membership();

create or replace trigger founding_ended after insert on public.organization_members
for each row when (new.role = 'owner') execute function public.founding_ended();

create or replace trigger keep_id before insert on public.organization_members
for each row when (public.transaction_has_id() and row_security_active('public.organization_members'::regclass))
execute function public.keep_key('id', 'organization_id', 'organization_members_pkey');

create or replace trigger take_transaction_id before update on public.organization_members
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.organization_members to prductr_app;
grant select on public.organization_members to prductr_service;
