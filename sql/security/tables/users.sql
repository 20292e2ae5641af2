-- A user is its own. Machines act for a user but never need what proves who it is.

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

grant select, insert, update, delete on public.users to prductr_app;
grant select (
    id, email, name, auth_provider, auth_provider_id, avatar_url, is_active, last_login_at, created_at, updated_at
) on public.users to prductr_service;
