-- Every row names its tenant (R03). Exceptions: a user and its secrets belong to a user, an agent without organization is
-- global, an analytics event without organization belongs to a user who has none yet. All other columns that a policy
-- compares exist as well.
select c.relname::text as object,
    case when t.attname is null then 'has no organization_id' else 'organization_id may be null' end as detail
from exposed c
left join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attname = 'organization_id' and not t.attisdropped
where c.relkind in ('r', 'p')
  and c.relrowsecurity
  and c.relname not in ('organizations', 'users', 'user_secrets')
  and (t.attname is null or (not t.attnotnull and c.relname not in ('agents', 'cost_events')))
union all
select 'agents', 'row security relies on organization_id' where not exists (
    select from pg_catalog.pg_attribute t
    where t.attrelid = to_regclass('public.agents') and t.attname = 'organization_id' and not t.attisdropped
)
union all
select format('%s.%s', k.table_name, k.column_name), 'may be null'
from (values
    ('organization_members', 'user_id'), ('user_secrets', 'user_id'), ('cost_events', 'event_type'), ('cost_events', 'cost')
) k (table_name, column_name)
join pg_catalog.pg_attribute t on t.attrelid = to_regclass(format('public.%I', k.table_name)) and t.attname = k.column_name
where not t.attnotnull
union all
select 'cost_events', format('the check %s is missing or not validated', k.name)
from (values ('cost_events_usage_complete'), ('cost_events_project_has_organization')) k (name)
where not exists (
    select from pg_catalog.pg_constraint n
    where n.conrelid = to_regclass('public.cost_events') and n.conname = k.name and n.convalidated
)
order by 1
