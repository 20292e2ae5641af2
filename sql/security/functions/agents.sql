-- An agent may be the organization's own or global (no organization), so a composite foreign key cannot guard references
-- to it. This trigger does, with the caller's rights: an agent of another tenant and a missing one give the same error,
-- and a row that the policy will refuse is left to the policy.

create or replace function public.guard_agent() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    agent text := to_jsonb(new) ->> tg_argv[0];
begin
    if not exists (
        select from public.agents a
        where a.id = agent and (a.organization_id = new.organization_id or a.organization_id is null)
    ) then
        raise exception 'agent % is not available to this organization', quote_literal(agent)
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
