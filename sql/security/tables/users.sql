-- A user sees only its own row. Machines act for a user but never need its credentials.

alter table public.users enable row level security;
alter table public.users force row level security;

create policy users_select on public.users for select to prductr_app, prductr_service
using (id = (select public.current_user_id()));
create policy users_insert on public.users for insert to prductr_app, prductr_service
with check (id = (select public.current_user_id()));
create policy users_update on public.users for update to prductr_app, prductr_service
using (id = (select public.current_user_id()))
with check (id = (select public.current_user_id()));
create policy users_delete on public.users for delete to prductr_app, prductr_service
using (id = (select public.current_user_id()));

create or replace trigger hold_id before insert or update of id on public.users
for each row execute function public.hold_key('id');

create or replace trigger hold_email before insert or update of email on public.users
for each row execute function public.hold_key('email');

create or replace trigger keep_id before insert on public.users
for each row when (row_security_active('public.users'::regclass))
execute function public.keep_key('id', 'id', 'users_pkey');

create or replace trigger keep_email before insert on public.users
for each row when (row_security_active('public.users'::regclass))
execute function public.keep_key('email', 'id', 'users_email_unique');

grant select, insert, update, delete on public.users to prductr_app;
grant select (
    id, email, name, auth_provider, auth_provider_id, avatar_url, is_active, last_login_at, created_at, updated_at
) on public.users to prductr_service;
