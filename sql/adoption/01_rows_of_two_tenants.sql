-- Rows of one tenant that name an agent of another. They stop no migration, since a global agent has no organization to
-- refer to. If they stay, the other tenant deletes them together with its agent.
select format('tasks %s', t.id) as object, 'is assigned to an agent of another organization than its project' as detail
from public.tasks t
join public.projects p on p.id = t.project_id
join public.agents a on a.id = t.assigned_to
where a.organization_id <> p.organization_id
union all
select format('project_agents %s', g.id), 'its project and its agent are of two organizations'
from public.project_agents g
join public.projects p on p.id = g.project_id
join public.agents a on a.id = g.agent_id
where a.organization_id <> p.organization_id
union all
select format('agent_instances %s', i.id), 'its project and its agent are of two organizations'
from public.agent_instances i
join public.projects p on p.id = i.project_id
join public.agents a on a.id = i.agent_id
where a.organization_id <> p.organization_id
order by 1
