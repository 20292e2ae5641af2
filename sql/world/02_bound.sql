-- The roles whose rights are declared in full, on any object: the application's two roles, and PUBLIC, which has OID 0.
select r.oid, quote_ident(r.rolname) as name
from pg_catalog.pg_roles r
where r.rolname in ('prductr_app', 'prductr_service')
union all
select 0, 'public'
