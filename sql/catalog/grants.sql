-- All grants, except those on relations of schema public (in relations.sql). For functions of schema public and for the
-- owner's later objects they include every role; for everything else (world/reach) only the application's two roles and
-- PUBLIC.
with acl as (
    select 'function ' || regexp_replace(p.oid::regprocedure::text, '^public\.', '') as thing, p.proowner as owner,
        coalesce(p.proacl, acldefault('f', p.proowner)) as acl
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from extension_own e where e.class = 'pg_proc'::regclass and e.object = p.oid)
    union all
    select 'schema public', n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
    from pg_catalog.pg_namespace n
    where n.nspname = 'public'
    union all
    -- PostgreSQL's built-in defaults apply until a default of the owner's replaces them. Types are left out: they hold no
    -- rows.
    select 'new ' || k.name, d.owner, coalesce(
        (select a.defaclacl from pg_catalog.pg_default_acl a
         where a.defaclrole = d.owner and a.defaclnamespace = 0 and a.defaclobjtype = k.kind),
        acldefault(case k.kind when 'S' then 's' else k.kind end::"char", d.owner)
    )
    from this_database d
    cross join (
        values ('r'::"char", 'tables'), ('S', 'sequences'), ('f', 'functions'), ('n', 'schemas'), ('L', 'large objects')
    ) k (kind, name)
    union all
    select 'new ' || case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
        else 'types' end || ' in schema public', a.defaclrole, a.defaclacl
    from pg_catalog.pg_default_acl a
    join this_database d on d.owner = a.defaclrole
    where a.defaclnamespace = 'public'::regnamespace
),
granted as (
    select a.thing, a.owner, x.grantee, x.privilege_type as privilege, x.is_grantable, null::name as column_name
    from acl a
    cross join lateral aclexplode(a.acl) x
    where x.grantee <> a.owner
    union all
    select r.thing, r.owner, r.grantee, r.privilege, r.is_grantable, r.column_name from reach r
)
select 'grant' as kind, g.thing || ' to ' || case
        when g.grantee = 0 then 'public' when g.grantee = d.owner then 'owner'
        else regexp_replace(quote_ident(pg_get_userbyid(g.grantee)), '^owner$', '"owner"') end as object,
    jsonb_build_object('privileges', jsonb_agg(
        lower(g.privilege) || coalesce('(' || quote_ident(g.column_name) || ')', '')
        || case when g.is_grantable then ' with grant option' else '' end
        order by lower(g.privilege) || coalesce('(' || quote_ident(g.column_name) || ')', '')
    ))
    -- Only the owning role can revoke rights on its object.
    || case when g.owner in (d.owner, to_regrole('pg_database_owner')) then '{}'
        else jsonb_build_object(
            'of', pg_get_userbyid(g.owner)::text, 'of_own_role', g.owner in (select oid from own_role)
        ) end as value
from granted g
cross join this_database d
where g.grantee is distinct from to_regrole('neon_superuser')
group by g.thing, g.owner, g.grantee, d.owner
