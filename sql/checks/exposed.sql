-- The relations that the checks examine: those of schema public that the application's roles can access, by any right, and
-- that belong to no extension. Others are their creator's responsibility. Every check reads it by the name `exposed`, with
-- the columns of pg_class (database/row_security/checks.py puts it before each).
select c.*
from pg_catalog.pg_class c
where c.relnamespace = 'public'::regnamespace
  and not exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and exists (
      select from pg_catalog.pg_roles r
      where r.rolname in ('prductr_app', 'prductr_service')
        and (
            has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references')
            or has_table_privilege(r.oid, c.oid, 'delete, truncate, trigger')
        )
  )
