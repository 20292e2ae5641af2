-- Memberships that 0008 would delete: if a user has several rows in one organization, the row with the highest role stays,
-- and among equal roles the oldest.
select format('organization_members %s', m.id) as object,
    format('is a second membership (%s) of user %s in organization %s; %s stays',
        coalesce(m.role, 'no role'), m.user_id, m.organization_id, m.kept) as detail
from (
    select d.*, first_value(d.id) over (
        partition by d.organization_id, d.user_id
        order by
            coalesce(array_position(array['owner', 'admin', 'member', 'viewer'], coalesce(d.role, 'viewer')::text), 5),
            coalesce(d.invited_at, 'infinity'),
            d.id
    ) as kept
    from public.organization_members d
) m
where m.id <> m.kept
order by 1
