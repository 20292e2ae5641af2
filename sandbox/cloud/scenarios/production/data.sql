-- Two tenants, acme and globex, with the same number of rows of each kind; one user in both, one global agent, and one
-- user without an organization. This is enough to detect a row that crosses from one tenant to the other.

insert into public.organizations (id, name, slug, plan) values
    ('org-acme', 'Acme', 'acme', 'pro'),
    ('org-globex', 'Globex', 'globex', 'free');

insert into public.users (id, email, name) values
    ('user-ada', 'ada@acme.example', 'Ada'),
    ('user-bob', 'bob@acme.example', 'Bob'),
    ('user-gus', 'gus@globex.example', 'Gus'),
    ('user-eve', 'eve@globex.example', 'Eve'),
    ('user-both', 'both@consultant.example', 'Kim'),
    ('user-new', 'new@nowhere.example', 'Noa');

insert into public.organization_members (id, organization_id, user_id, role, joined_at) values
    ('member-ada', 'org-acme', 'user-ada', 'owner', now()),
    ('member-bob', 'org-acme', 'user-bob', 'member', now()),
    ('member-gus', 'org-globex', 'user-gus', 'owner', now()),
    ('member-eve', 'org-globex', 'user-eve', 'viewer', now()),
    ('member-both-acme', 'org-acme', 'user-both', 'admin', now()),
    ('member-both-globex', 'org-globex', 'user-both', 'member', now());

insert into public.user_secrets (id, user_id, name, encrypted_value, iv, auth_tag, provider) values
    ('secret-ada', 'user-ada', 'model key', 'b3BhcXVl', 'aXY=', 'dGFn', 'anthropic'),
    ('secret-gus', 'user-gus', 'model key', 'b3BhcXVl', 'aXY=', 'dGFn', 'openai');

insert into public.agents (id, organization_id, name, provider, model) values
    ('agent-global', null, 'Shared reviewer', 'anthropic', 'claude'),
    ('agent-acme', 'org-acme', 'Acme builder', 'anthropic', 'claude'),
    ('agent-globex', 'org-globex', 'Globex builder', 'openai', 'gpt');

insert into public.connector_configs (id, organization_id, type, name)
select 'connector-' || slug, id, 'github', slug || ' on GitHub' from public.organizations;

insert into public.projects (id, organization_id, name, slug, budget_total)
select 'project-' || slug || '-' || number, id, name || ' project ' || number, slug || '-' || number, 1000
from public.organizations, generate_series(1, 2) as number;

insert into public.project_agents (id, project_id, agent_id)
select 'assignment-' || id, id, replace(organization_id, 'org-', 'agent-') from public.projects;

insert into public.agent_instances (id, agent_id, project_id, session_id, last_heartbeat)
select 'instance-' || id, replace(organization_id, 'org-', 'agent-'), id, 'session-' || id, now() from public.projects;

insert into public.tasks (id, project_id, title, status, created_by)
select 'task-' || project.id || '-' || number, project.id, 'Task ' || number,
    (array['pending', 'in_progress', 'completed'])[1 + number % 3], 'user-both'
from public.projects as project, generate_series(1, 50) as number;

insert into public.task_activities (id, task_id, agent_id, action, description)
select 'activity-' || task.id || '-' || number, task.id, 'agent-global', 'comment', 'Step ' || number
from public.tasks as task, generate_series(1, 3) as number;

insert into public.file_locks (id, project_id, file_path, agent_id)
select 'lock-' || id, id, 'src/index.ts', replace(organization_id, 'org-', 'agent-') from public.projects;

insert into public.file_conflicts (id, project_id, file_path, strategy)
select 'conflict-' || id, id, 'package.json', 'lock' from public.projects;

insert into public.escalations (id, project_id, type, title)
select 'escalation-' || id, id, 'budget', 'Budget of ' || name || ' is nearly spent' from public.projects;

insert into public.cost_events (id, organization_id, project_id, agent_id, model, tokens_input, tokens_output, cost)
select 'cost-' || project.id || '-' || number, project.organization_id, project.id,
    replace(project.organization_id, 'org-', 'agent-'), 'claude', 1000 * number, 100 * number, 0.01 * number
from public.projects as project, generate_series(1, 25) as number;
