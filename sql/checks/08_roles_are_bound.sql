-- Row security applies to the application's roles, and they cannot become a role that it does not apply to (R26, R27).
-- Membership is followed transitively: SET ROLE gives attributes that are not inherited. They own nothing but temporary
-- objects, which every session may create.
with recursive application as (
    select r.oid, r.rolname from pg_catalog.pg_roles r where r.rolname in ('prductr_app', 'prductr_service')
),
reachable as (
    select oid as start, oid as role from application
    union
    select r.start, m.roleid from reachable r join pg_catalog.pg_auth_members m on m.member = r.role
),
owner as (
    select d.datdba as oid from pg_catalog.pg_database d where d.datname = current_database()
),
acting as (
    select m.member as role from pg_catalog.pg_auth_members m join owner o on o.oid = m.roleid
    union
    select m.member from acting a join pg_catalog.pg_auth_members m on m.roleid = a.role
)
select a.rolname::text as object, wrong.reason as detail
from application a
join reachable on reachable.start = a.oid
join pg_catalog.pg_roles r on r.oid = reachable.role
cross join lateral (
    select format('is a member of %s', r.rolname) where r.oid <> a.oid
    union all
    select 'is a superuser' where r.rolsuper and r.oid = a.oid
    union all
    select 'bypasses row security' where r.rolbypassrls and r.oid = a.oid
    union all
    select 'may make roles' where r.rolcreaterole and r.oid = a.oid
    union all
    select 'may make databases' where r.rolcreatedb and r.oid = a.oid
    union all
    select 'may read the write-ahead log' where r.rolreplication and r.oid = a.oid
    union all
    select 'cannot log in' where not r.rolcanlogin and r.oid = a.oid
) wrong (reason)
union all
select expected.name, 'the role is missing'
from (values ('prductr_app'), ('prductr_service')) expected (name)
where expected.name not in (select rolname from application)
union all
select c.relname::text, format('belongs to %s', r.rolname)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_(toast_)?temp'
join application r on r.oid = c.relowner
union all
select p.oid::regprocedure::text, format('belongs to %s', r.rolname)
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace and n.nspname !~ '^pg_temp'
join application r on r.oid = p.proowner
union all
select n.nspname::text, format('belongs to %s', r.rolname)
from pg_catalog.pg_namespace n
join application r on r.oid = n.nspowner
union all
select r.rolname::text, 'may act as the database''s owner, whom no policy binds'
from acting a
join pg_catalog.pg_roles r on r.oid = a.role
where not r.rolsuper
union all
select 'schema public', format('belongs to %s', pg_get_userbyid(n.nspowner))
from pg_catalog.pg_namespace n
cross join owner o
where n.nspname = 'public' and n.nspowner not in (o.oid, to_regrole('pg_database_owner'))
order by 1, 2
