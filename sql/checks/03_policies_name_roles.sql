-- Every permissive policy names the application's roles, never PUBLIC (R06): a role created later gets nothing.
select format('%s.%s', c.relname, p.polname) as object, 'the policy applies to PUBLIC' as detail
from pg_catalog.pg_policy p
join exposed c on c.oid = p.polrelid
where p.polpermissive and p.polroles @> array[0::oid]
order by 1
