-- Every row names its tenant (R03). Exceptions: a user and its secrets belong to a user, an agent without organization is
-- global, an analytics event without organization is a user's who has none yet.
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
select format('%s.user_id', c.relname), 'may be null'
from pg_catalog.pg_class c
join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attname = 'user_id'
where c.oid in (to_regclass('public.organization_members'), to_regclass('public.user_secrets')) and not t.attnotnull
union all
select 'cost_events', format('the check %s is missing or not validated', k.name)
from (values ('cost_events_usage_complete'), ('cost_events_project_has_organization')) k (name)
where not exists (
    select from pg_catalog.pg_constraint n
    where n.conrelid = to_regclass('public.cost_events') and n.conname = k.name and n.convalidated
)
order by 1
