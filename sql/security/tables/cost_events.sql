-- An organization's costs, and its analytics events. Recording an event without cost is not editing, so viewers may do it.
-- An event without an organization (at signup there is none yet) is accepted from any signed-in user and shown to nobody.

alter table public.cost_events enable row level security;
alter table public.cost_events force row level security;

create policy cost_events_select on public.cost_events for select to prductr_app, prductr_service
using (organization_id = (select public.current_org_id()));
create policy cost_events_insert on public.cost_events for insert to prductr_app, prductr_service
with check (organization_id = (select public.writable_org_id())
    or (organization_id = (select public.current_org_id()) and event_type = 'analytics' and cost = 0)
    or (
        organization_id is null and event_type = 'analytics' and cost = 0
        and (select public.current_user_id()) is not null
    ));
create policy cost_events_update on public.cost_events for update to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()))
with check (organization_id = (select public.writable_org_id()));
create policy cost_events_delete on public.cost_events for delete to prductr_app, prductr_service
using (organization_id = (select public.writable_org_id()));

create or replace trigger keep_id before insert on public.cost_events
for each row when (public.transaction_has_id() and row_security_active('public.cost_events'::regclass))
execute function public.keep_id();

create or replace trigger take_transaction_id before update on public.cost_events
for each statement when (pg_current_xact_id_if_assigned() is null)
execute function public.take_transaction_id();

grant select, insert, update, delete on public.cost_events to prductr_app, prductr_service;
