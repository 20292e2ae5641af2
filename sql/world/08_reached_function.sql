-- The functions outside of schema public that a declared role may execute, and which neither PostgreSQL nor an extension
-- created: those in a usable schema, and those with their owner's rights in any schema, since a default, an index or a
-- cast calls a function by OID. A platform's function with the caller's rights shows nobody more than it may see.
select p.oid, p.pronamespace
from pg_catalog.pg_proc p
join pg_catalog.pg_roles o on o.oid = p.proowner
where p.oid >= 16384
  and p.pronamespace <> 'public'::regnamespace
  and p.pronamespace not in (select n.oid from pg_catalog.pg_namespace n where n.nspname ~ '^pg_(toast_)?temp_')
  and (
      case when p.pronamespace in (select oid from usable_schema)
          then p.prosecdef or p.proowner in (select oid from own_role)
          else p.prosecdef and p.proowner in (select oid from own_role) end
  )
  and exists (
      select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      where a.grantee in (select oid from bound)
  )
  and not exists (select from extension_own e where e.class = 'pg_proc'::regclass and e.object = p.oid)
