-- A unique value is unique within its tenant, or its collision tells of another tenant's row (R23). Exceptions, each a
-- name that is global by nature: an organization's address, a user's address, and the random id of a running agent.
select i.relname::text as object, format('a value is unique in all of %s', c.relname) as detail
from pg_catalog.pg_index x
join pg_catalog.pg_class c on c.oid = x.indrelid
join pg_catalog.pg_class i on i.oid = x.indexrelid
left join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum = x.indkey[0]
where c.relnamespace = 'public'::regnamespace
  and c.relrowsecurity
  and x.indisunique
  and not x.indisprimary
  and t.attname is distinct from 'organization_id'
  and i.relname not in ('organizations_slug_unique', 'users_email_unique', 'agent_instances_session_id_unique')
order by 1
