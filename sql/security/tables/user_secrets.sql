-- A secret belongs to its user alone. Machines may see that it exists, but not its value.

alter table public.user_secrets enable row level security;
alter table public.user_secrets force row level security;

create policy user_secrets_select on public.user_secrets for select to prductr_app, prductr_service
using (user_id = (select public.current_user_id()));
create policy user_secrets_insert on public.user_secrets for insert to prductr_app, prductr_service
with check (user_id = (select public.current_user_id()));
create policy user_secrets_update on public.user_secrets for update to prductr_app, prductr_service
using (user_id = (select public.current_user_id()))
with check (user_id = (select public.current_user_id()));
create policy user_secrets_delete on public.user_secrets for delete to prductr_app, prductr_service
using (user_id = (select public.current_user_id()));

create or replace trigger hold_id before insert or update of id on public.user_secrets
for each row execute function public.hold_key('id');

create or replace trigger keep_id before insert on public.user_secrets
for each row when (row_security_active('public.user_secrets'::regclass))
execute function public.keep_key('id', 'user_id', 'user_secrets_pkey');

grant select, insert, update, delete on public.user_secrets to prductr_app;
grant select (id, user_id, name, provider, expires_at, last_used_at, created_at, updated_at)
on public.user_secrets to prductr_service;
