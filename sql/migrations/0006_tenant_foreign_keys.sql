--! transaction: none
--! statement-timeout: 30min
-- A child cannot point at another tenant's parent: the key carries the organization. Added NOT VALID (a short lock, new
-- rows are checked at once) and validated separately (no lock that stops readers or writers). The single-column key of
-- the baseline says nothing more and is dropped, so that a writer pays for one check and not for two.

alter table public.tasks
add constraint tasks_project_of_organization_fk foreign key (organization_id, project_id)
references public.projects (organization_id, id) on delete cascade not valid;
alter table public.tasks validate constraint tasks_project_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.tasks drop constraint tasks_project_id_projects_id_fk;

alter table public.task_activities
add constraint task_activities_task_of_organization_fk foreign key (organization_id, task_id)
references public.tasks (organization_id, id) on delete cascade not valid;
alter table public.task_activities validate constraint task_activities_task_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.task_activities drop constraint task_activities_task_id_tasks_id_fk;

alter table public.agent_instances
add constraint agent_instances_project_of_organization_fk foreign key (organization_id, project_id)
references public.projects (organization_id, id) on delete cascade not valid;
alter table public.agent_instances validate constraint agent_instances_project_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.agent_instances drop constraint agent_instances_project_id_projects_id_fk;

alter table public.agent_instances
add constraint agent_instances_current_task_of_organization_fk foreign key (organization_id, current_task_id)
references public.tasks (organization_id, id) on delete set null (current_task_id) not valid;
alter table public.agent_instances validate constraint agent_instances_current_task_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.agent_instances drop constraint agent_instances_current_task_id_tasks_id_fk;

alter table public.project_agents
add constraint project_agents_project_of_organization_fk foreign key (organization_id, project_id)
references public.projects (organization_id, id) on delete cascade not valid;
alter table public.project_agents validate constraint project_agents_project_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.project_agents drop constraint project_agents_project_id_projects_id_fk;

alter table public.file_locks
add constraint file_locks_project_of_organization_fk foreign key (organization_id, project_id)
references public.projects (organization_id, id) on delete cascade not valid;
alter table public.file_locks validate constraint file_locks_project_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.file_locks drop constraint file_locks_project_id_projects_id_fk;

alter table public.file_locks
add constraint file_locks_task_of_organization_fk foreign key (organization_id, task_id)
references public.tasks (organization_id, id) on delete set null (task_id) not valid;
alter table public.file_locks validate constraint file_locks_task_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.file_locks drop constraint file_locks_task_id_tasks_id_fk;

alter table public.file_conflicts
add constraint file_conflicts_project_of_organization_fk foreign key (organization_id, project_id)
references public.projects (organization_id, id) on delete cascade not valid;
alter table public.file_conflicts validate constraint file_conflicts_project_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.file_conflicts drop constraint file_conflicts_project_id_projects_id_fk;

alter table public.escalations
add constraint escalations_project_of_organization_fk foreign key (organization_id, project_id)
references public.projects (organization_id, id) on delete cascade not valid;
alter table public.escalations validate constraint escalations_project_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.escalations drop constraint escalations_project_id_projects_id_fk;

alter table public.cost_events
add constraint cost_events_project_of_organization_fk foreign key (organization_id, project_id)
references public.projects (organization_id, id) on delete cascade not valid;
alter table public.cost_events validate constraint cost_events_project_of_organization_fk;
-- squawk-ignore ban-drop-constraint
alter table public.cost_events drop constraint cost_events_project_id_projects_id_fk;
