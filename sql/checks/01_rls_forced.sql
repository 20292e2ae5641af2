-- Every table that the application can access is under row security, and so is its owner (R01).
-- Without FORCE the owner's own statements, and every view and function that runs as the owner, see all tenants.
select c.relname::text as object,
    case when c.relrowsecurity then 'row level security is not forced' else 'row level security is disabled' end as detail
from exposed c
where c.relkind in ('r', 'p')
  and not (c.relrowsecurity and c.relforcerowsecurity)
order by 1
