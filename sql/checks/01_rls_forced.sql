-- Every table that the application can reach is under row security, and so is its owner (R01).
-- Without FORCE the owner's own statements, and every view and function that runs as the owner, see all tenants.
select c.relname::text as object,
    case when c.relrowsecurity then 'row level security is not forced' else 'row level security is disabled' end as detail
from pg_catalog.pg_class c
where c.relnamespace = 'public'::regnamespace
  and c.relkind in ('r', 'p')
  and not (c.relrowsecurity and c.relforcerowsecurity)
  and exists (
      select from pg_catalog.pg_roles r
      where r.rolname in ('prductr_app', 'prductr_service')
        and (
            has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references')
            or has_table_privilege(r.oid, c.oid, 'delete, truncate, trigger')
        )
  )
order by 1
