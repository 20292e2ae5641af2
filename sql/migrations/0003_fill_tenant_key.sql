--! transaction: none
-- Existing rows learn their organization from their parent, in batches that lock few rows for a short time while the
-- application keeps working. Tasks come before their activities. Rows that are inserted meanwhile are filled by the
-- triggers of the previous file. The two indexes exist for this file only: without them each batch would read past
-- all rows that are already filled.

create index concurrently tasks_unfilled on public.tasks (id) where organization_id is null;

--! repeat: until 0 rows
--! remaining: select count(*) from public.tasks where organization_id is null
--! pause: 10ms
update public.tasks c
set organization_id = p.organization_id
from public.projects p
where p.id = c.project_id
  and c.organization_id is null
  and c.id in (select id from public.tasks where organization_id is null order by id limit 5000);

drop index concurrently public.tasks_unfilled;

create index concurrently task_activities_unfilled on public.task_activities (id) where organization_id is null;

--! repeat: until 0 rows
--! remaining: select count(*) from public.task_activities where organization_id is null
--! pause: 10ms
update public.task_activities c
set organization_id = p.organization_id
from public.tasks p
where p.id = c.task_id
  and c.organization_id is null
  and c.id in (select id from public.task_activities where organization_id is null order by id limit 5000);

drop index concurrently public.task_activities_unfilled;

--! repeat: until 0 rows
--! remaining: select count(*) from public.agent_instances where organization_id is null
--! pause: 10ms
update public.agent_instances c
set organization_id = p.organization_id
from public.projects p
where p.id = c.project_id
  and c.organization_id is null
  and c.id in (select id from public.agent_instances where organization_id is null order by id limit 5000);

--! repeat: until 0 rows
--! remaining: select count(*) from public.project_agents where organization_id is null
--! pause: 10ms
update public.project_agents c
set organization_id = p.organization_id
from public.projects p
where p.id = c.project_id
  and c.organization_id is null
  and c.id in (select id from public.project_agents where organization_id is null order by id limit 5000);

--! repeat: until 0 rows
--! remaining: select count(*) from public.file_locks where organization_id is null
--! pause: 10ms
update public.file_locks c
set organization_id = p.organization_id
from public.projects p
where p.id = c.project_id
  and c.organization_id is null
  and c.id in (select id from public.file_locks where organization_id is null order by id limit 5000);

--! repeat: until 0 rows
--! remaining: select count(*) from public.file_conflicts where organization_id is null
--! pause: 10ms
update public.file_conflicts c
set organization_id = p.organization_id
from public.projects p
where p.id = c.project_id
  and c.organization_id is null
  and c.id in (select id from public.file_conflicts where organization_id is null order by id limit 5000);

--! repeat: until 0 rows
--! remaining: select count(*) from public.escalations where organization_id is null
--! pause: 10ms
update public.escalations c
set organization_id = p.organization_id
from public.projects p
where p.id = c.project_id
  and c.organization_id is null
  and c.id in (select id from public.escalations where organization_id is null order by id limit 5000);
