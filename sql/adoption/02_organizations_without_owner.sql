-- Only an owner or an admin manages members, and no user can make itself one: an organization that has no owner today
-- would never get one.
select format('organizations %s', o.id) as object, format('has no owner (%s)', o.name) as detail
from public.organizations o
where not exists (
    select from public.organization_members m where m.organization_id = o.id and m.role = 'owner'
)
order by 1
