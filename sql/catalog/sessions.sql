-- What a session finds or starts with: the schema's owner, who may put anything into it, settings, and event triggers.
with database as (
    select d.oid, d.datdba as owner from pg_catalog.pg_database d where d.datname = current_database()
)
-- pg_database_owner, to whom PostgreSQL gives the schema, has one member: the database's owner.
select 'schema' as kind, n.nspname::text as object,
    jsonb_build_object(
        'owner', case
            when n.nspowner in (d.owner, to_regrole('pg_database_owner')) then 'owner'
            else regexp_replace(quote_ident(pg_get_userbyid(n.nspowner)), '^owner$', '"owner"') end
    ) as value
from pg_catalog.pg_namespace n
cross join database d
where n.nspname = 'public'
union all
-- A setting that a role or the database starts with could name a context, or switch row security or triggers. A name that
-- PostgreSQL does not know itself is kept in the letters that it was given, and read whatever their case.
select 'setting',
    coalesce(quote_ident(r.rolname), 'every role') || case when s.setdatabase = 0 then '' else ' in this database' end
    || ' ' || c.name,
    jsonb_build_object('value', c.value)
from pg_catalog.pg_db_role_setting s
cross join database d
left join pg_catalog.pg_roles r on r.oid = s.setrole
cross join lateral (
    select substr(u, 1, strpos(u, '=') - 1), substr(u, strpos(u, '=') + 1) from unnest(s.setconfig) u
) c (name, value)
where s.setdatabase in (0, d.oid)
  and (
      r.rolname in ('prductr_app', 'prductr_service')
      or (
          s.setrole = 0
          and c.name ~* '^(app\.|(row_security|search_path|role|session_authorization|session_replication_role|lo_compat_privileges)$|(session|local)_preload_libraries$)'
      )
  )
union all
-- One for `login` runs at the start of each session, the application's too, and may name a context for it.
select 'event trigger', quote_ident(e.evtname),
    jsonb_build_object(
        'event', e.evtevent,
        'tags', to_jsonb(e.evttags),
        'function', e.evtfoid::regprocedure::text,
        'enabled', e.evtenabled <> 'D'
    )
from pg_catalog.pg_event_trigger e
where not exists (
    select from pg_catalog.pg_depend x
    where x.classid = 'pg_event_trigger'::regclass and x.objid = e.oid and x.deptype = 'e'
)
