-- The tables, views and sequences outside of schema public on which a declared role has a right, and which neither
-- PostgreSQL nor an extension created.
select c.oid, c.relnamespace
from pg_catalog.pg_class c
where c.oid >= 16384
  and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and c.relnamespace <> 'public'::regnamespace
  and c.relnamespace not in (select n.oid from pg_catalog.pg_namespace n where n.nspname ~ '^pg_(toast_)?temp_')
  and (
      exists (select from aclexplode(c.relacl) a where a.grantee in (select oid from bound))
      or exists (
          select from pg_catalog.pg_attribute t
          cross join lateral aclexplode(t.attacl) a
          where t.attrelid = c.oid and t.attacl is not null and a.grantee in (select oid from bound)
      )
  )
  and not exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
