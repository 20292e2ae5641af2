-- The initial rights of PostgreSQL's and of extensions' objects, where they are not the default of their kind.
select i.classoid as class, i.objoid as object, i.objsubid as part, i.initprivs as acl
from pg_catalog.pg_init_privs i
where i.objoid < 16384
   or exists (select from extension_own e where e.class = i.classoid and e.object = i.objoid)
union all
-- initdb records them before it creates the information schema, which everybody may read.
select 'pg_class'::regclass, c.oid, 0, array[makeaclitem(0, c.relowner, 'SELECT', false)]
from pg_catalog.pg_class c
where c.relnamespace = 'information_schema'::regnamespace and c.oid < 16384
union all
select 'pg_namespace'::regclass, n.oid, 0, array[makeaclitem(0, n.nspowner, 'USAGE', false)]
from pg_catalog.pg_namespace n
where n.nspname = 'information_schema' and n.oid < 16384
