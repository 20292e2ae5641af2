-- The schemas in which somebody whose reach is declared finds things by their names. Temporary ones are one session's.
select n.oid, n.nspname, n.nspowner
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_(toast_)?temp_'
  and (
      n.nspname = 'public'
      or n.nspowner in (select oid from bound)
      or exists (
          select from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
          where a.grantee in (select oid from bound) and a.privilege_type = 'USAGE'
      )
  )
