-- Objects that an extension created: class and object. Membership alone does not prove it, since an owner may add objects
-- to an extension (alter extension … add). Objects of an extension's script belong to the superuser that ran it. Only
-- extensions that need no superuser belong to the role that installed them; their objects count as the owner's if they
-- could expose rows: tables, views of tables that are not the extension's, functions that run with their owner's rights.
with extension as materialized (
    -- Reads the server's files, so it is evaluated only for objects that do not belong to a superuser.
    select e.oid, coalesce(v.superuser, true) as needs_superuser
    from pg_catalog.pg_extension e
    left join pg_catalog.pg_available_extension_versions v on v.name = e.extname and v.version = e.extversion
),
member as (
    select m.classid as class, m.objid as object, m.refobjid as extension, o.owner,
        case when o.owner is null then true
            else (select e.needs_superuser from extension e where e.oid = m.refobjid) end as needs_superuser
    from pg_catalog.pg_depend m
    cross join this_database d
    -- The superuser that initdb creates is no owner here.
    left join lateral (
        select s.refobjid as owner
        from pg_catalog.pg_shdepend s
        join pg_catalog.pg_roles r on r.oid = s.refobjid and not r.rolsuper
        where s.dbid = d.oid and s.classid = m.classid and s.objid = m.objid and s.objsubid = 0
          and s.refclassid = 'pg_authid'::regclass and s.deptype = 'o'
    ) o on true
    where m.refclassid = 'pg_extension'::regclass
      and m.deptype = 'e'
)
select m.class, m.object
from member m
left join pg_catalog.pg_class c on m.class = 'pg_class'::regclass and c.oid = m.object
left join pg_catalog.pg_proc p on m.class = 'pg_proc'::regclass and p.oid = m.object
left join pg_catalog.pg_cast k on m.class = 'pg_cast'::regclass and k.oid = m.object
where (
      m.owner is null
      -- A cast has no owner, but its function has.
      and not (
          coalesce(k.castfunc >= 16384, false)
          and not exists (
              select from member o
              where o.class = 'pg_proc'::regclass and o.object = k.castfunc and o.extension = m.extension
                and (o.owner is null or not o.needs_superuser)
          )
      )
   )
   or (
      not m.needs_superuser
      and not coalesce(p.prosecdef, false)
      and not coalesce(c.relkind in ('r', 'p', 'f', 'm') and c.relacl is not null, false)
      and not (
          coalesce(c.relkind = 'v', false)
          and exists (
              select from pg_catalog.pg_rewrite w
              join pg_catalog.pg_depend d
                  on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refobjid <> c.oid
                  and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass) and d.refobjid >= 16384
              where w.ev_class = c.oid
                and not exists (
                    select from member o
                    where o.class = d.refclassid and o.object = d.refobjid and o.extension = m.extension
                )
          )
      )
   )
