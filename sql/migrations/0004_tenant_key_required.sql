--! transaction: none
--! statement-timeout: 30min
-- No row without its organization, ever again. A validated check lets `set not null` skip the scan of the table under
-- its exclusive lock; afterwards the check says nothing more and is dropped.

alter table public.tasks
add constraint tasks_organization_id_set check (organization_id is not null) not valid;
alter table public.tasks validate constraint tasks_organization_id_set;
alter table public.tasks alter column organization_id set not null;
-- squawk-ignore ban-drop-constraint
alter table public.tasks drop constraint tasks_organization_id_set;

alter table public.task_activities
add constraint task_activities_organization_id_set check (organization_id is not null) not valid;
alter table public.task_activities validate constraint task_activities_organization_id_set;
alter table public.task_activities alter column organization_id set not null;
-- squawk-ignore ban-drop-constraint
alter table public.task_activities drop constraint task_activities_organization_id_set;

alter table public.agent_instances
add constraint agent_instances_organization_id_set check (organization_id is not null) not valid;
alter table public.agent_instances validate constraint agent_instances_organization_id_set;
alter table public.agent_instances alter column organization_id set not null;
-- squawk-ignore ban-drop-constraint
alter table public.agent_instances drop constraint agent_instances_organization_id_set;

alter table public.project_agents
add constraint project_agents_organization_id_set check (organization_id is not null) not valid;
alter table public.project_agents validate constraint project_agents_organization_id_set;
alter table public.project_agents alter column organization_id set not null;
-- squawk-ignore ban-drop-constraint
alter table public.project_agents drop constraint project_agents_organization_id_set;

alter table public.file_locks
add constraint file_locks_organization_id_set check (organization_id is not null) not valid;
alter table public.file_locks validate constraint file_locks_organization_id_set;
alter table public.file_locks alter column organization_id set not null;
-- squawk-ignore ban-drop-constraint
alter table public.file_locks drop constraint file_locks_organization_id_set;

alter table public.file_conflicts
add constraint file_conflicts_organization_id_set check (organization_id is not null) not valid;
alter table public.file_conflicts validate constraint file_conflicts_organization_id_set;
alter table public.file_conflicts alter column organization_id set not null;
-- squawk-ignore ban-drop-constraint
alter table public.file_conflicts drop constraint file_conflicts_organization_id_set;

alter table public.escalations
add constraint escalations_organization_id_set check (organization_id is not null) not valid;
alter table public.escalations validate constraint escalations_organization_id_set;
alter table public.escalations alter column organization_id set not null;
-- squawk-ignore ban-drop-constraint
alter table public.escalations drop constraint escalations_organization_id_set;
