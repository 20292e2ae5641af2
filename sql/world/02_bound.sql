-- Whose reach is declared in full, wherever something is: our two roles, and PUBLIC, which is number 0.
select r.oid, quote_ident(r.rolname) as name
from pg_catalog.pg_roles r
where r.rolname in ('prductr_app', 'prductr_service')
union all
select 0, 'public'
