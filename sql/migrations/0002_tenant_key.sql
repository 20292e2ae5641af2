--! transaction: none
-- Every row of a tenant names its organization, so that a policy is one indexed equality and never a join.
-- The application does not know the column: a trigger fills it from the parent whenever an insert leaves it out.
-- Adding a nullable column changes the catalog only. Each statement commits by itself, so that no more than one table
-- is locked at a time.

create function public.fill_organization_from_project() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- With the caller's rights: a project of another tenant is not found, and the row is refused.
    select p.organization_id into new.organization_id from public.projects p where p.id = new.project_id;
    return new;
end
$$;

create function public.fill_organization_from_task() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    select t.organization_id into new.organization_id from public.tasks t where t.id = new.task_id;
    return new;
end
$$;

revoke execute on function public.fill_organization_from_project() from public;
revoke execute on function public.fill_organization_from_task() from public;

alter table public.tasks add column organization_id character varying(255);
create trigger fill_organization before insert on public.tasks
for each row when (new.organization_id is null) execute function public.fill_organization_from_project();

alter table public.task_activities add column organization_id character varying(255);
create trigger fill_organization before insert on public.task_activities
for each row when (new.organization_id is null) execute function public.fill_organization_from_task();

alter table public.agent_instances add column organization_id character varying(255);
create trigger fill_organization before insert on public.agent_instances
for each row when (new.organization_id is null) execute function public.fill_organization_from_project();

alter table public.project_agents add column organization_id character varying(255);
create trigger fill_organization before insert on public.project_agents
for each row when (new.organization_id is null) execute function public.fill_organization_from_project();

alter table public.file_locks add column organization_id character varying(255);
create trigger fill_organization before insert on public.file_locks
for each row when (new.organization_id is null) execute function public.fill_organization_from_project();

alter table public.file_conflicts add column organization_id character varying(255);
create trigger fill_organization before insert on public.file_conflicts
for each row when (new.organization_id is null) execute function public.fill_organization_from_project();

alter table public.escalations add column organization_id character varying(255);
create trigger fill_organization before insert on public.escalations
for each row when (new.organization_id is null) execute function public.fill_organization_from_project();
