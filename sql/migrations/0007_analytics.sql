--! transaction: none
--! statement-timeout: 30min
-- squawk-ignore-file ban-drop-not-null
-- (What may be missing is what the check allows, and only events that today's application cannot write.)
-- The dashboard records its analytics events in cost_events: an organization or none (at signup there is none yet),
-- event_type 'analytics', cost 0 and a metadata object, and nothing else. Until now that insert could never succeed.
-- What an event of usage must have, it must still have. A project without an organization would evade the composite
-- foreign key, so it is refused.

alter table public.cost_events alter column id set default gen_random_uuid()::text;
alter table public.cost_events add column event_type character varying(50) default 'usage' not null;
alter table public.cost_events add column metadata jsonb;

alter table public.cost_events
add constraint cost_events_usage_complete check (
    event_type = 'analytics'
    or (
        organization_id is not null and project_id is not null and agent_id is not null
        and model is not null and tokens_input is not null and tokens_output is not null
    )
) not valid;
alter table public.cost_events validate constraint cost_events_usage_complete;

alter table public.cost_events
add constraint cost_events_project_has_organization check (project_id is null or organization_id is not null) not valid;
alter table public.cost_events validate constraint cost_events_project_has_organization;

alter table public.cost_events
alter column organization_id drop not null,
alter column project_id drop not null,
alter column agent_id drop not null,
alter column model drop not null,
alter column tokens_input drop not null,
alter column tokens_output drop not null;

-- With the reader's rights: each tenant counts its own events.
create view public.analytics_daily with (security_invoker = true, security_barrier = true) as
select
    organization_id,
    created_at::date as day,
    metadata ->> 'event' as event,
    count(*) as events,
    count(distinct metadata ->> 'userId') as users
from public.cost_events
where event_type = 'analytics'
group by organization_id, created_at::date, metadata ->> 'event';
