-- A user is a member of an organization once. Of several rows the one with the highest role stays, the oldest of equals;
-- a role that nobody has heard of is the lowest.
-- One transaction, so that nobody adds a second membership between the deletion and the index that forbids it. Writers
-- of this table wait meanwhile: it has one row per member, and the index on it takes milliseconds.

lock table public.organization_members in share row exclusive mode;

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

-- squawk-ignore require-concurrent-index-creation
create unique index organization_members_organization_id_user_id_key
on public.organization_members (organization_id, user_id);
