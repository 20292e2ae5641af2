-- Rows that name one organization and refer to a project or a task of another: 0006 forbids that.
select format('cost_events %s', e.id) as object, 'its organization is not that of its project' as detail
from public.cost_events e
join public.projects p on p.id = e.project_id
where p.organization_id <> e.organization_id
union all
select format('agent_instances %s', i.id), 'its project and its current task are of two organizations'
from public.agent_instances i
join public.projects p on p.id = i.project_id
join public.tasks t on t.id = i.current_task_id
join public.projects q on q.id = t.project_id
where q.organization_id <> p.organization_id
union all
select format('file_locks %s', l.id), 'its project and its task are of two organizations'
from public.file_locks l
join public.projects p on p.id = l.project_id
join public.tasks t on t.id = l.task_id
join public.projects q on q.id = t.project_id
where q.organization_id <> p.organization_id
order by 1
