-- Nobody has rights that row security does not govern (R28, R29): TRUNCATE and REFERENCES ignore policies, TRIGGER and
-- MAINTAIN are the owner's, PUBLIC has nothing in schema public, now or by default, and outside of it the application has
-- no rights, in any schema, of any owner, except those that PostgreSQL and extensions grant themselves (sql/world).
select c.relname::text as object, format('%s may %s', r.rolname, k.privilege) as detail
from exposed c
cross join pg_catalog.pg_roles r
cross join (values ('truncate'), ('references'), ('trigger')) k (privilege)
where r.rolname in ('prductr_app', 'prductr_service')
  and has_table_privilege(r.oid, c.oid, k.privilege)
union all
-- Compared by name, since PostgreSQL 16 and older have no such right.
select c.relname::text, format('%s may maintain', r.rolname)
from exposed c
cross join lateral aclexplode(c.relacl) a
join pg_catalog.pg_roles r on r.oid = a.grantee and r.rolname in ('prductr_app', 'prductr_service')
where a.privilege_type = 'MAINTAIN'
union all
select c.relname::text, format('PUBLIC may %s', lower(a.privilege_type))
from pg_catalog.pg_class c
cross join lateral aclexplode(c.relacl) a
where c.relnamespace = 'public'::regnamespace
  and a.grantee = 0
  and not exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
union all
select format('%s.%s', c.relname, t.attname), format('PUBLIC may %s', lower(a.privilege_type))
from pg_catalog.pg_class c
join pg_catalog.pg_attribute t on t.attrelid = c.oid
cross join lateral aclexplode(t.attacl) a
where c.relnamespace = 'public'::regnamespace
  and a.grantee = 0
  and not exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
union all
select 'schema public', format('%s may %s', case when a.grantee = 0 then 'PUBLIC' else r.rolname end, lower(a.privilege_type))
from pg_catalog.pg_namespace n
cross join lateral aclexplode(n.nspacl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where n.nspname = 'public'
  and (a.grantee = 0 or (r.rolname in ('prductr_app', 'prductr_service') and a.privilege_type = 'CREATE'))
union all
-- Everything else that has rights: other schemas and their contents, objects of PostgreSQL and of extensions beyond their
-- initial rights, large objects, foreign servers.
select r.thing, format('%s may %s', case when r.grantee = 0 then 'PUBLIC' else b.name end,
    lower(r.privilege) || coalesce('(' || quote_ident(r.column_name) || ')', ''))
from reach r
join bound b on b.oid = r.grantee
where r.thing !~ '^(new |parameter )'  -- which are checked below, and by 18_sessions
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
