-- A unique value is unique within its tenant; otherwise its collision reveals another tenant's row (R23). Exceptions, each
-- a name that is global by nature: an organization's address, a user's address, and the random id of a running agent. And
-- a lookup of one row has a unique key: the account of an address, the role of a user in an organization.
select i.relname::text as object, format('a value is unique in all of %s', c.relname) as detail
from pg_catalog.pg_index x
join exposed c on c.oid = x.indrelid
join pg_catalog.pg_class i on i.oid = x.indexrelid
left join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum = x.indkey[0]
where c.relrowsecurity
  and (x.indisunique or x.indisexclusion)
  and not x.indisprimary
  and t.attname is distinct from 'organization_id'
  and i.relname not in ('organizations_slug_unique', 'users_email_unique', 'agent_instances_session_id_unique')
union all
select k.table_name, format('no valid unique key of %s', array_to_string(k.columns, ', '))
from (values
    ('users', '{email}'::name[]), ('users', '{id}'), ('organizations', '{id}'),
    ('organization_members', '{organization_id,user_id}')
) k (table_name, columns)
where not exists (
    select from pg_catalog.pg_index x
    where x.indrelid = to_regclass(format('public.%I', k.table_name))
      and x.indisunique and x.indisvalid and x.indpred is null
      and k.columns = array(
          select t.attname
          from unnest(x.indkey::smallint[]) with ordinality u (number, place)
          join pg_catalog.pg_attribute t on t.attrelid = x.indrelid and t.attnum = u.number
          order by u.place
      )
)
order by 1
