-- The application's roles and the database's owner. Membership is followed transitively: a role that may become another
-- can use the other's attributes.
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
acting as (
    select m.member as role
    from pg_catalog.pg_auth_members m
    join this_database d on d.owner = m.roleid
    union
    select m.member
    from acting a
    join pg_catalog.pg_auth_members m on m.roleid = a.role
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
            -- A role that bypasses row security gains nothing by it: on Neon the owner and neon_superuser.
            where m.roleid = a.oid and not (b.rolsuper or b.rolbypassrls)
        ),
        -- Without objects that any session may create: temporary ones, whose schema ends with the session, and large
        -- objects (which sql/checks reports).
        'owns', (
            select coalesce(jsonb_agg(x.object order by x.object), '[]')
            from (
                select distinct pg_describe_object(s.classid, s.objid, s.objsubid) as object
                from pg_catalog.pg_shdepend s
                where s.refclassid = 'pg_authid'::regclass and s.refobjid = a.oid and s.deptype = 'o'
                  and s.dbid in (0, (select oid from this_database))
                  and s.classid <> 'pg_largeobject'::regclass
                  and coalesce((pg_identify_object(s.classid, s.objid, s.objsubid)).schema, '') !~ '^pg_(toast_)?temp'
            ) x
        )
    ) as value
from application a
union all
select 'role', 'owner', jsonb_build_object(
        'bypasses_row_security', r.rolsuper or r.rolbypassrls,
        -- Neon makes nobody a member of the owner's role; superusers need no membership.
        'members', (
            select coalesce(jsonb_agg(m.rolname order by m.rolname), '[]')
            from acting a
            join pg_catalog.pg_roles m on m.oid = a.role
            where not m.rolsuper
        )
    )
from pg_catalog.pg_roles r
join this_database d on d.owner = r.oid
