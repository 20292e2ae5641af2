-- Who may do what, except on relations (those grants are in relations.sql): functions, schemas, the database, foreign
-- servers, PostgreSQL's own catalog, settings that only a superuser may change, and what things made later come with.
with database as (
    select d.datdba as owner, d.datacl as acl from pg_catalog.pg_database d where d.datname = current_database()
),
bound as (
    -- Whose rights are declared in full, wherever they are: our two roles, and PUBLIC.
    select r.oid from pg_catalog.pg_roles r where r.rolname in ('prductr_app', 'prductr_service')
    union all
    select 0
),
acl as (
    -- Of what is bound_only the rights of others do not count.
    select 'function ' || regexp_replace(p.oid::regprocedure::text, '^public\.', '') as object, p.proowner as owner,
        coalesce(p.proacl, acldefault('f', p.proowner)) as acl, false as bound_only
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (
          select from pg_catalog.pg_depend e
          where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
      )
    union all
    select 'schema public', n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)), false
    from pg_catalog.pg_namespace n where n.nspname = 'public'
    union all
    -- Whoever may use another schema reaches its views and functions, which may show what no policy would, whoever owns
    -- it. What Neon opens to everybody for its own services is not ours to judge, as long as it is Neon's.
    select 'schema ' || quote_ident(n.nspname), n.nspowner, (
        select array_agg(makeaclitem(x.grantee, x.grantor, x.privilege_type, x.is_grantable))
        from aclexplode(n.nspacl) x
        where not (
            x.grantee = 0 and n.nspowner <> d.owner
            and n.nspname in ('neon', 'neon_auth', 'neon_migration', 'pgrst')
        )
    ), true
    from pg_catalog.pg_namespace n
    cross join database d
    where n.nspname not in ('public', 'information_schema')
      and n.nspname !~ '^pg_'
      and not exists (
          select from pg_catalog.pg_depend e
          where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e'
      )
    union all
    -- Who may create schemas, or temporary things, has room for views and functions of its own, and for a table that hides
    -- one of ours from the next user of a pooled connection. To connect is what the roles are for.
    select 'this database', d.owner, (
        select array_agg(makeaclitem(x.grantee, x.grantor, x.privilege_type, x.is_grantable))
        from aclexplode(coalesce(d.acl, acldefault('d', d.owner))) x
        where x.privilege_type <> 'CONNECT'
    ), true
    from database d
    union all
    -- For instance session_replication_role, by which triggers and foreign keys are switched off. The superuser that
    -- initdb makes, number 10, owns what has no owner.
    select 'parameter ' || p.parname, 10, p.paracl, true
    from pg_catalog.pg_parameter_acl p
    union all
    -- A foreign server leads back into this database with the rights of whoever its user mapping names.
    select 'foreign server ' || quote_ident(s.srvname), s.srvowner, s.srvacl, true
    from pg_catalog.pg_foreign_server s
    union all
    select 'foreign data wrapper ' || quote_ident(w.fdwname), w.fdwowner, w.fdwacl, true
    from pg_catalog.pg_foreign_data_wrapper w
    union all
    -- PostgreSQL keeps samples of all rows (pg_statistic), passwords and the server's files from everybody. What it gives
    -- to PUBLIC itself is not looked at.
    select case p.class when 'pg_proc'::regclass then 'function ' else '' end || p.object, 10, (
        select array_agg(makeaclitem(x.grantee, x.grantor, x.privilege_type, x.is_grantable))
        from aclexplode(p.acl) x
        where x.grantee <> 0
    ), true
    from (
        select 'pg_class'::regclass, 'pg_catalog.' || quote_ident(c.relname), c.relacl from pg_catalog.pg_class c
        where c.relnamespace = 'pg_catalog'::regnamespace and c.relacl is not null
        union all
        select 'pg_proc'::regclass, 'pg_catalog.' || f.oid::regprocedure::text, f.proacl from pg_catalog.pg_proc f
        where f.pronamespace = 'pg_catalog'::regnamespace and f.proacl is not null
    ) p (class, object, acl)
    union all
    -- What PostgreSQL would give of itself counts as long as no default of the owner's replaces it. Types are left out:
    -- they hold no rows.
    select 'new ' || k.name, d.owner, coalesce(
        (select a.defaclacl from pg_catalog.pg_default_acl a
         where a.defaclrole = d.owner and a.defaclnamespace = 0 and a.defaclobjtype = k.kind),
        acldefault(case k.kind when 'S' then 's' else k.kind end::"char", d.owner)
    ), false
    from database d
    cross join (
        values ('r'::"char", 'tables'), ('S', 'sequences'), ('f', 'functions'), ('n', 'schemas'), ('L', 'large objects')
    ) k (kind, name)
    union all
    select 'new ' || case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
        when 'T' then 'types' else 'objects' end || ' in schema ' || quote_ident(n.nspname), a.defaclrole, a.defaclacl,
        n.nspname <> 'public'
    from pg_catalog.pg_default_acl a
    join database d on d.owner = a.defaclrole
    join pg_catalog.pg_namespace n on n.oid = a.defaclnamespace
)
select 'grant' as kind, a.object || ' to ' || case
        when x.grantee = 0 then 'public' when x.grantee = (select owner from database) then 'owner'
        else regexp_replace(quote_ident(pg_get_userbyid(x.grantee)), '^owner$', '"owner"') end as object,
    jsonb_build_object('privileges', jsonb_agg(
        lower(x.privilege_type) || case when x.is_grantable then ' with grant option' else '' end
        order by lower(x.privilege_type)
    )) as value
from acl a
cross join lateral aclexplode(a.acl) x
where x.grantee <> a.owner
  and (not a.bound_only or x.grantee in (select oid from bound))
  and x.grantee is distinct from to_regrole('neon_superuser')
group by a.object, x.grantee
