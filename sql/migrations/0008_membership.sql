--! transaction: none
-- A user is a member of an organization once. Of several rows the one with the highest role stays, the oldest of equals;
-- a role that nobody has heard of is the lowest.
-- `founder_id` names who creates an organization until it has an owner: that is what lets an insert return the row it
-- made, and lets the founder become its first member. The application does not know the column; its default takes the user of the request.

delete from public.organization_members doomed
using public.organization_members kept
where doomed.organization_id = kept.organization_id
  and doomed.user_id = kept.user_id
  and doomed.id <> kept.id
  and (
      coalesce(array_position(array['owner', 'admin', 'member', 'viewer'], coalesce(doomed.role, 'viewer')::text), 5),
      coalesce(doomed.invited_at, 'infinity'),
      doomed.id
  ) > (
      coalesce(array_position(array['owner', 'admin', 'member', 'viewer'], coalesce(kept.role, 'viewer')::text), 5),
      coalesce(kept.invited_at, 'infinity'),
      kept.id
  );

create unique index concurrently organization_members_organization_id_user_id_key
on public.organization_members (organization_id, user_id);
create index concurrently organization_members_user_id_idx on public.organization_members (user_id);

alter table public.organizations add column founder_id text;
alter table public.organizations
alter column founder_id set default nullif(current_setting('app.current_user_id', true), '');
create index concurrently organizations_founder_id_idx on public.organizations (founder_id)
where founder_id is not null;
