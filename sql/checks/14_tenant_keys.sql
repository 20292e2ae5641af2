-- A reference from one tenant table to another includes the organization (R22); otherwise it would reveal whether another
-- tenant's row exists. References to agents cannot, since an agent may be global: the trigger guard_agent checks those.
select format('%s.%s', c.relname, k.column_name) as object,
    format('does not refer to (organization_id, id) of %s by a validated key', k.parent) as detail
from (values
    ('tasks', 'project_id', 'projects'), ('task_activities', 'task_id', 'tasks'),
    ('agent_instances', 'project_id', 'projects'), ('agent_instances', 'current_task_id', 'tasks'),
    ('project_agents', 'project_id', 'projects'), ('file_locks', 'project_id', 'projects'),
    ('file_locks', 'task_id', 'tasks'), ('file_conflicts', 'project_id', 'projects'),
    ('escalations', 'project_id', 'projects'), ('cost_events', 'project_id', 'projects')
) k (child, column_name, parent)
join pg_catalog.pg_class c on c.oid = to_regclass(format('public.%I', k.child))
where not exists (
    select from pg_catalog.pg_constraint n
    where n.conrelid = c.oid and n.contype = 'f' and n.convalidated
      and pg_get_constraintdef(n.oid) like format(
          'FOREIGN KEY (organization_id, %s) REFERENCES %%%s(organization_id, id)%%', k.column_name, k.parent
      )
)
union all
select format('%s.%s', c.relname, n.conname), format('refers to %s without the organization', p.relname)
from pg_catalog.pg_constraint n
join exposed c on c.oid = n.conrelid
join pg_catalog.pg_class p on p.oid = n.confrelid
where n.contype = 'f'
  and p.relname not in ('organizations', 'users')
  and cardinality(n.conkey) = 1
  and not (
      p.relname = 'agents' and exists (
          select from pg_catalog.pg_trigger t
          join pg_catalog.pg_proc f on f.oid = t.tgfoid
          where t.tgrelid = c.oid and f.proname = 'guard_agent'
      )
  )
union all
select format('%s.organization_id', c.relname), 'does not refer to organizations by a validated key'
from (values ('projects'), ('agents'), ('cost_events'), ('connector_configs'), ('organization_members')) k (child)
join pg_catalog.pg_class c on c.oid = to_regclass(format('public.%I', k.child))
where not exists (
    select from pg_catalog.pg_constraint n
    where n.conrelid = c.oid and n.contype = 'f' and n.convalidated
      and pg_get_constraintdef(n.oid) like 'FOREIGN KEY (organization_id) REFERENCES %organizations(id)%'
)
order by 1
