-- The rights of the application's two roles and of PUBLIC on everything outside schema public, beyond those that PostgreSQL
-- and extensions grant themselves: object, owner, grantee, right, column. None is declared.
with acl as (
    -- `given` holds the initial rights.
    select p.oid as object, 0 as part,
        'function ' || case when p.pronamespace = 'pg_catalog'::regnamespace then 'pg_catalog.' else '' end
        || p.oid::regprocedure::text as thing, p.proowner as owner,
        coalesce(p.proacl, acldefault('f', p.proowner)) as acl, null::aclitem[] as given
    from pg_catalog.pg_proc p
    where p.oid in (select r.oid from reached_function r)
    union all
    -- PostgreSQL withholds the server's files and more from everybody; extensions withhold functions for administrators.
    select p.oid, 0,
        'function ' || case when p.pronamespace = 'pg_catalog'::regnamespace then 'pg_catalog.' else '' end
        || p.oid::regprocedure::text, p.proowner, p.proacl, coalesce(g.acl, acldefault('f', p.proowner))
    from pg_catalog.pg_proc p
    left join given g on g.class = 'pg_proc'::regclass and g.object = p.oid
    where p.proacl is not null
      and (p.oid < 16384 or exists (select from extension_own e where e.class = 'pg_proc'::regclass and e.object = p.oid))
    union all
    -- Samples of all rows (pg_statistic), passwords, and the contents of other schemas.
    select c.oid, 0, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relowner, c.relacl, g.acl
    from pg_catalog.pg_class c
    left join given g on g.class = 'pg_class'::regclass and g.object = c.oid and g.part = 0
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_(toast_)?temp_'
    where c.relacl is not null
      and (
          c.relnamespace <> 'public'::regnamespace
          or exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
      )
    union all
    select c.oid, t.attnum, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relowner,
        t.attacl,
        (select g.acl from given g where g.class = 'pg_class'::regclass and g.object = c.oid and g.part = t.attnum)
    from pg_catalog.pg_attribute t
    join pg_catalog.pg_class c on c.oid = t.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_(toast_)?temp_'
    where t.attacl is not null
      and not t.attisdropped
      and (
          c.relnamespace <> 'public'::regnamespace
          or exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
      )
    union all
    -- The right to use a schema gives access to its contents. A platform opens schemas of its own to everybody; that is
    -- reported as soon as they contain something accessible.
    select n.oid, 0, 'schema ' || quote_ident(n.nspname), n.nspowner, (
        select array_agg(makeaclitem(x.grantee, x.grantor, x.privilege_type, x.is_grantable))
        from aclexplode(n.nspacl) x
        where not (
            x.grantee = 0 and x.privilege_type = 'USAGE'
            and n.nspowner not in (select oid from own_role)
            and n.oid not in (select r.relnamespace from reached_relation r)
            and n.oid not in (select r.pronamespace from reached_function r)
        )
    ), (select g.acl from given g where g.class = 'pg_namespace'::regclass and g.object = n.oid)
    from pg_catalog.pg_namespace n
    where n.nspname <> 'public'
      and n.nspname !~ '^pg_(toast_)?temp_'
      and n.nspacl is not null
    union all
    -- A role that may create schemas or temporary objects can create views and functions of its own, and a table that hides
    -- a declared one from the next user of a pooled connection. The right to connect is intended.
    select d.oid, 0, 'this database', d.owner, (
        select array_agg(makeaclitem(x.grantee, x.grantor, x.privilege_type, x.is_grantable))
        from aclexplode(coalesce(d.acl, acldefault('d', d.owner))) x
        where x.privilege_type <> 'CONNECT'
    ), null
    from this_database d
    union all
    -- For instance session_replication_role, which switches triggers and foreign keys off. Objects without an owner count
    -- as those of the superuser that initdb creates, OID 10.
    select p.oid, 0, 'parameter ' || p.parname, 10, p.paracl, null
    from pg_catalog.pg_parameter_acl p
    union all
    -- A foreign server can lead back into this database with the rights of the role in its user mapping.
    select s.oid, 0, 'foreign server ' || quote_ident(s.srvname), s.srvowner, s.srvacl, null
    from pg_catalog.pg_foreign_server s
    union all
    select w.oid, 0, 'foreign data wrapper ' || quote_ident(w.fdwname), w.fdwowner,
        w.fdwacl, null
    from pg_catalog.pg_foreign_data_wrapper w
    union all
    -- An untrusted language is a way to the server's files.
    select l.oid, 0, 'language ' || quote_ident(l.lanname), l.lanowner, l.lanacl, coalesce(
        (select g.acl from given g where g.class = 'pg_language'::regclass and g.object = l.oid), acldefault('l', l.lanowner)
    )
    from pg_catalog.pg_language l
    union all
    select t.oid, 0, 'tablespace ' || quote_ident(t.spcname), t.spcowner, t.spcacl, null
    from pg_catalog.pg_tablespace t
    union all
    -- Large objects are found by OID alone, and no policy applies to them.
    select l.oid, 0, 'large object ' || l.oid, l.lomowner, l.lomacl, null
    from pg_catalog.pg_largeobject_metadata l
    where l.lomacl is not null
    union all
    -- Later objects of other roles, and of the owner in other schemas. Functions of a platform's role are everybody's to
    -- execute, by PostgreSQL's own default.
    select a.oid, 0,
        'new ' || case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
        when 'n' then 'schemas' else 'large objects' end
        || case when a.defaclrole = d.owner then ''
            else ' of ' || regexp_replace(quote_ident(pg_get_userbyid(a.defaclrole)), '^owner$', '"owner"') end
        || coalesce(' in schema ' || quote_ident(n.nspname), ''),
        a.defaclrole, a.defaclacl, null
    from pg_catalog.pg_default_acl a
    cross join this_database d
    left join pg_catalog.pg_namespace n on n.oid = a.defaclnamespace
    where a.defaclobjtype <> 'T'
      and (a.defaclrole <> d.owner or n.nspname <> 'public')
      and not (a.defaclobjtype = 'f' and a.defaclrole not in (select oid from own_role))
)
select a.thing, a.owner, x.grantee, x.privilege_type as privilege, x.is_grantable, t.attname as column_name
from acl a
cross join lateral aclexplode(a.acl) x
left join pg_catalog.pg_attribute t on a.part <> 0 and t.attrelid = a.object and t.attnum = a.part
where x.grantee <> a.owner
  and x.grantee in (select oid from bound)
  and not exists (
      select from aclexplode(a.given) i
      where i.grantee = x.grantee and i.privilege_type = x.privilege_type and i.is_grantable >= x.is_grantable
  )
