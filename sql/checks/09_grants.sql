-- What row security does not govern is nobody's (R28, R29): TRUNCATE and REFERENCES ignore policies, TRIGGER and MAINTAIN
-- are the owner's, PUBLIC has nothing in schema public, now or by default, and other schemas, whose views may show what no
-- policy would, are not the application's to use. What extensions bring is, and what Neon makes for its own services is not
-- ours to judge.
select c.relname::text as object, format('%s may %s', r.rolname, k.privilege) as detail
from exposed c
cross join pg_catalog.pg_roles r
cross join (values ('truncate'), ('references'), ('trigger')) k (privilege)
where r.rolname in ('prductr_app', 'prductr_service')
  and has_table_privilege(r.oid, c.oid, k.privilege)
union all
-- By its name in the list, since PostgreSQL 16 and older know no such right.
select c.relname::text, format('%s may maintain', r.rolname)
from exposed c
cross join lateral aclexplode(c.relacl) a
join pg_catalog.pg_roles r on r.oid = a.grantee and r.rolname in ('prductr_app', 'prductr_service')
where a.privilege_type = 'MAINTAIN'
union all
select format('foreign server %s', s.srvname), format('%s may use it', r.rolname)
from pg_catalog.pg_foreign_server s
cross join pg_catalog.pg_roles r
where r.rolname in ('prductr_app', 'prductr_service')
  and has_server_privilege(r.oid, s.oid, 'usage')
union all
select c.relname::text, format('PUBLIC may %s', lower(a.privilege_type))
from pg_catalog.pg_class c
cross join lateral aclexplode(c.relacl) a
where c.relnamespace = 'public'::regnamespace
  and a.grantee = 0
  and not exists (
      select from pg_catalog.pg_depend e
      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
  )
union all
select format('%s.%s', c.relname, t.attname), format('PUBLIC may %s', lower(a.privilege_type))
from pg_catalog.pg_class c
join pg_catalog.pg_attribute t on t.attrelid = c.oid
cross join lateral aclexplode(t.attacl) a
where c.relnamespace = 'public'::regnamespace
  and a.grantee = 0
  and not exists (
      select from pg_catalog.pg_depend e
      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
  )
union all
select 'schema public', format('%s may %s', case when a.grantee = 0 then 'PUBLIC' else r.rolname end, lower(a.privilege_type))
from pg_catalog.pg_namespace n
cross join lateral aclexplode(n.nspacl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where n.nspname = 'public'
  and (a.grantee = 0 or (r.rolname in ('prductr_app', 'prductr_service') and a.privilege_type = 'CREATE'))
union all
select format('schema %s', n.nspname), format('%s may use what is not the application''s', r.rolname)
from pg_catalog.pg_namespace n
cross join pg_catalog.pg_roles r
join pg_catalog.pg_database d on d.datname = current_database()
where n.nspname not in ('public', 'information_schema')
  and n.nspname !~ '^pg_'
  and not (n.nspname in ('neon', 'neon_auth', 'neon_migration', 'pgrst') and n.nspowner <> d.datdba)
  and not exists (
      select from pg_catalog.pg_depend e
      where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e'
  )
  and r.rolname in ('prductr_app', 'prductr_service')
  and has_schema_privilege(r.oid, n.oid, 'usage, create')
union all
-- PostgreSQL keeps these from everybody: samples of all rows (pg_statistic), passwords, files of the server.
select p.object, format('%s may %s', r.rolname, lower(a.privilege_type))
from (
    select c.oid::regclass::text, c.relacl from pg_catalog.pg_class c
    where c.relnamespace = 'pg_catalog'::regnamespace
    union all
    select f.oid::regprocedure::text, f.proacl from pg_catalog.pg_proc f
    where f.pronamespace = 'pg_catalog'::regnamespace
) p (object, acl)
cross join lateral aclexplode(p.acl) a
join pg_catalog.pg_roles r on r.oid = a.grantee and r.rolname in ('prductr_app', 'prductr_service')
union all
select 'what the owner makes later', format('%s may %s', case when a.grantee = 0 then 'PUBLIC' else r.rolname end,
    lower(a.privilege_type))
from pg_catalog.pg_database d
cross join (values ('r'::"char"), ('S'), ('f'), ('n'), ('L')) k (kind)
cross join lateral (
    select coalesce(
        (select l.defaclacl from pg_catalog.pg_default_acl l
         where l.defaclrole = d.datdba and l.defaclnamespace = 0 and l.defaclobjtype = k.kind),
        acldefault(case k.kind when 'S' then 's' else k.kind end::"char", d.datdba)
    )
    union all
    select l.defaclacl from pg_catalog.pg_default_acl l
    where l.defaclrole = d.datdba and l.defaclnamespace <> 0 and l.defaclobjtype = k.kind
) l (acl)
cross join lateral aclexplode(l.acl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where d.datname = current_database()
  and (a.grantee = 0 or r.rolname in ('prductr_app', 'prductr_service'))
order by 1, 2
