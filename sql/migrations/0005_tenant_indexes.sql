--! transaction: none
-- Indexes lead with the organization: what a policy compares is what the index is sorted by, so a tenant's queries cost
-- what they return. The second columns are those that the application filters, joins and sorts by. The two unique ones
-- are what composite foreign keys refer to.

create unique index concurrently projects_organization_id_id_key on public.projects (organization_id, id);
create unique index concurrently tasks_organization_id_id_key on public.tasks (organization_id, id);

-- No column that changes often: an update of what no index holds writes no index at all.
create index concurrently tasks_organization_id_project_id_created_at_idx
on public.tasks (organization_id, project_id, created_at);
create index concurrently tasks_assigned_to_idx on public.tasks (assigned_to) where assigned_to is not null;

create index concurrently task_activities_organization_id_task_id_idx
on public.task_activities (organization_id, task_id);

create index concurrently agent_instances_organization_id_project_id_idx
on public.agent_instances (organization_id, project_id);
create index concurrently agent_instances_organization_id_current_task_id_idx
on public.agent_instances (organization_id, current_task_id) where current_task_id is not null;
create index concurrently agent_instances_agent_id_idx on public.agent_instances (agent_id);

create index concurrently project_agents_organization_id_project_id_idx
on public.project_agents (organization_id, project_id);
create index concurrently project_agents_agent_id_idx on public.project_agents (agent_id);

create index concurrently file_locks_organization_id_project_id_file_path_idx
on public.file_locks (organization_id, project_id, file_path);
create index concurrently file_locks_organization_id_task_id_idx
on public.file_locks (organization_id, task_id) where task_id is not null;

create index concurrently file_conflicts_organization_id_project_id_idx
on public.file_conflicts (organization_id, project_id);
create index concurrently escalations_organization_id_project_id_idx
on public.escalations (organization_id, project_id);

-- What sums of cost read is in the indexes, so that they never visit the table. That matters the more as row security
-- hides from the planner which organization it is, and with it how many rows it will find.
create index concurrently cost_events_organization_id_created_at_idx
on public.cost_events (organization_id, created_at) include (model, cost);
create index concurrently cost_events_organization_id_project_id_idx
on public.cost_events (organization_id, project_id) include (cost);

create index concurrently agents_organization_id_idx on public.agents (organization_id);
create index concurrently connector_configs_organization_id_idx on public.connector_configs (organization_id);
create index concurrently user_secrets_user_id_idx on public.user_secrets (user_id);
