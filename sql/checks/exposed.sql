-- The relations that the checks look at: what the application's roles can reach in schema public, by whatever right, and
-- no extension brought. What they cannot reach is whoever made it's to arrange. Every check reads it by the name
-- `exposed`, with the columns of pg_class (database/row_security/checks.py puts it before each).
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
