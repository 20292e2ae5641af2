-- Facts of isolation about functions, the schema, default privileges, roles and settings, one row each: kind, object,
-- value. Membership is followed to its end: a role that may become another has that other's attributes within reach.
(
with database as (
    select d.datdba as owner from pg_catalog.pg_database d where d.datname = current_database()
),
function as (
    select p.*, p.oid::regprocedure::text as signature, o.owner as database_owner
    from pg_catalog.pg_proc p
    cross join database o
    where p.pronamespace = 'public'::regnamespace
      and not exists (
          select from pg_catalog.pg_depend e
          where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
      )
),
acl as (
    select 'function ' || regexp_replace(f.signature, '^public\.', '') as object, f.proowner as owner,
        coalesce(f.proacl, acldefault('f', f.proowner)) as acl
    from function f
    union all
    select 'schema public', n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
    from pg_catalog.pg_namespace n where n.nspname = 'public'
    union all
    -- Whoever may use another schema reaches its views and functions, which may show what no policy would.
    select 'schema ' || n.nspname, n.nspowner, (
        select array_agg(makeaclitem(x.grantee, x.grantor, x.privilege_type, x.is_grantable))
        from aclexplode(n.nspacl) x
        where x.grantee in (select r.oid from pg_catalog.pg_roles r where r.rolname in ('prductr_app', 'prductr_service'))
           or (x.grantee = 0 and n.nspowner = o.owner)
    )
    from pg_catalog.pg_namespace n
    cross join database o
    where n.nspname not in ('public', 'information_schema')
      and n.nspname !~ '^pg_'
      and not exists (
          select from pg_catalog.pg_depend e
          where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e'
      )
    union all
    -- Who may create schemas has room for views and functions of its own. To connect is what the roles are for.
    select 'database', d.datdba, (
        select array_agg(makeaclitem(x.grantee, x.grantor, x.privilege_type, x.is_grantable))
        from aclexplode(d.datacl) x
        where x.privilege_type <> 'CONNECT' and x.grantee in (
                select r.oid from pg_catalog.pg_roles r where r.rolname in ('prductr_app', 'prductr_service')
            )
           or x.privilege_type = 'CREATE' and x.grantee = 0
    )
    from pg_catalog.pg_database d where d.datname = current_database()
    union all
    -- What PostgreSQL would give of itself counts as long as no default of the owner's replaces it.
    select 'new ' || k.name, o.owner, coalesce(
        (select a.defaclacl from pg_catalog.pg_default_acl a
         where a.defaclrole = o.owner and a.defaclnamespace = 0 and a.defaclobjtype = k.kind),
        acldefault(case k.kind when 'S' then 's' else k.kind end::"char", o.owner)
    )
    from database o
    cross join (values ('r'::"char", 'tables'), ('S', 'sequences'), ('f', 'functions')) k (kind, name)
    union all
    select 'new ' || case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
        when 'T' then 'types' else 'objects' end || ' in schema public', a.defaclrole, a.defaclacl
    from pg_catalog.pg_default_acl a
    join database o on o.owner = a.defaclrole
    where a.defaclnamespace = 'public'::regnamespace
)
select 'function' as kind, regexp_replace(f.signature, '^public\.', '') as object,
    jsonb_build_object(
        'owner', case when f.proowner = f.database_owner then 'owner' else pg_get_userbyid(f.proowner)::text end,
        'result', pg_get_function_result(f.oid),
        'volatility', case f.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
        'security', case when f.prosecdef then 'definer' else 'invoker' end,
        'leakproof', f.proleakproof,
        'settings', to_jsonb(coalesce(f.proconfig, '{}'::text[])),
        'definition', case when f.prokind in ('f', 'p') then pg_get_functiondef(f.oid) end
    ) as value
from function f
union all
select 'grant', a.object || ' to ' || case
        when x.grantee = 0 then 'public' when x.grantee = (select owner from database) then 'owner'
        else pg_get_userbyid(x.grantee)::text end,
    jsonb_build_object('privileges', jsonb_agg(
        lower(x.privilege_type) || case when x.is_grantable then ' with grant option' else '' end
        order by lower(x.privilege_type)
    ))
from acl a
cross join lateral aclexplode(a.acl) x
where x.grantee <> a.owner
  and x.grantee is distinct from to_regrole('neon_superuser')
group by a.object, x.grantee
)
union all
(
with recursive application as (
    select r.* from pg_catalog.pg_roles r where r.rolname in ('prductr_app', 'prductr_service')
),
reachable as (
    select a.oid as start, m.roleid as role
    from application a
    join pg_catalog.pg_auth_members m on m.member = a.oid
    union
    select r.start, m.roleid
    from reachable r
    join pg_catalog.pg_auth_members m on m.member = r.role
),
database as (
    select d.oid, d.datdba as owner from pg_catalog.pg_database d where d.datname = current_database()
)
select 'role' as kind, a.rolname::text as object,
    jsonb_build_object(
        'login', a.rolcanlogin,
        'superuser', a.rolsuper,
        'bypassrls', a.rolbypassrls,
        'createrole', a.rolcreaterole,
        'createdb', a.rolcreatedb,
        'replication', a.rolreplication,
        'inherit', a.rolinherit,
        'member_of', (
            select coalesce(jsonb_agg(pg_get_userbyid(r.role)::text order by pg_get_userbyid(r.role)::text), '[]')
            from reachable r where r.start = a.oid
        ),
        'members', (
            select coalesce(jsonb_agg(pg_get_userbyid(m.member)::text order by pg_get_userbyid(m.member)::text), '[]')
            from pg_catalog.pg_auth_members m
            join pg_catalog.pg_roles b on b.oid = m.member
            -- Whoever bypasses row security gains nothing by it: on Neon the owner and neon_superuser.
            where m.roleid = a.oid and not (b.rolsuper or b.rolbypassrls)
        ),
        'owns', (
            select coalesce(jsonb_agg(x.object order by x.object), '[]')
            from (
                select distinct pg_describe_object(s.classid, s.objid, s.objsubid) as object
                from pg_catalog.pg_shdepend s
                where s.refclassid = 'pg_authid'::regclass and s.refobjid = a.oid and s.deptype = 'o'
                  and s.dbid in (0, (select oid from database))
            ) x
        )
    ) as value
from application a
union all
select 'role', 'owner', jsonb_build_object('bypasses_row_security', r.rolsuper or r.rolbypassrls)
from pg_catalog.pg_roles r
join database d on d.owner = r.oid
union all
-- A setting that a role or the database starts with could name a context, or switch row security.
select 'setting', coalesce(r.rolname::text, 'every role') || ' ' || split_part(c.setting, '=', 1),
    jsonb_build_object('value', split_part(c.setting, '=', 2))
from pg_catalog.pg_db_role_setting s
left join pg_catalog.pg_roles r on r.oid = s.setrole
cross join lateral unnest(s.setconfig) c (setting)
where s.setdatabase in (0, (select oid from database))
  and (
      s.setrole in (select oid from application)
      or (s.setrole = 0 and split_part(c.setting, '=', 1) ~ '^(app\.|row_security$|search_path$|role$)')
  )
)
