-- Every permissive policy names the application's roles, never PUBLIC (R06): a role made tomorrow gets nothing.
select format('%s.%s', c.relname, p.polname) as object, 'the policy applies to PUBLIC' as detail
from pg_catalog.pg_policy p
join pg_catalog.pg_class c on c.oid = p.polrelid
where c.relnamespace = 'public'::regnamespace and p.polpermissive and p.polroles @> array[0::oid]
order by 1
