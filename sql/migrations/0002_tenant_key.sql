--! transaction: none
-- Every row of a tenant names its organization, so that a policy is one indexed equality and never a join.
-- The application does not know the column: a trigger fills it, from the context or from the parent, whenever an insert
-- leaves it out.
-- Adding a nullable column changes the catalog only. Each statement commits by itself, so that no more than one table
-- is locked at a time.

create function public.fill_organization_from_project() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Within a context the row can be of that organization only: the policy and the composite key refuse every other,
    -- so the parent need not be looked up under row security for each row.
    new.organization_id := nullif(current_setting('app.current_org_id', true), '');
    if new.organization_id is null then
        select p.organization_id into new.organization_id from public.projects p where p.id = new.project_id;
    end if;
    return new;
end
$$;

create function public.fill_organization_from_task() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.organization_id := nullif(current_setting('app.current_org_id', true), '');
    if new.organization_id is null then
        select t.organization_id into new.organization_id from public.tasks t where t.id = new.task_id;
    end if;
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
