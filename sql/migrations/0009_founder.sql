--! transaction: none
-- `founder_id` names who creates an organization until it has an owner: that is what lets an insert return the row it
-- made, and lets the founder become its first member. The application does not know the column; its default takes the
-- user of the request.

create index concurrently organization_members_user_id_idx on public.organization_members (user_id);

alter table public.organizations add column founder_id text;
alter table public.organizations
alter column founder_id set default nullif(current_setting('app.current_user_id', true), '');
create index concurrently organizations_founder_id_idx on public.organizations (founder_id)
where founder_id is not null;
