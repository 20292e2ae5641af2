-- What a session finds or starts with: the schema's owner, who may put anything into it, settings, and event triggers.
-- pg_database_owner, to whom PostgreSQL gives the schema, has one member: the database's owner.
select 'schema' as kind, n.nspname::text as object,
    jsonb_build_object(
        'owner', case
            when n.nspowner in (d.owner, to_regrole('pg_database_owner')) then 'owner'
            else regexp_replace(quote_ident(pg_get_userbyid(n.nspowner)), '^owner$', '"owner"') end
    ) as value
from pg_catalog.pg_namespace n
cross join this_database d
where n.nspname = 'public'
union all
-- A setting that a role or the database starts with could name a context, or switch row security or triggers. A name that
-- PostgreSQL does not know itself is kept in the letters that it was given, and read whatever their case.
select 'setting',
    coalesce(quote_ident(r.rolname), 'every role') || case when s.setdatabase = 0 then '' else ' in this database' end
    || ' ' || c.name,
    jsonb_build_object('value', c.value)
    -- What costs or saves time or changes how values look changes no meaning.
    || case when s.setrole = 0 and (
        exists (
            select from pg_catalog.pg_settings p
            where p.name = lower(c.name)
              and (
                  p.name like '%timeout'
                  or p.category ~ '^(Resource Usage|Query Tuning|Reporting and Logging|Vacuuming|Write-Ahead Log|Statistics)'
                  or p.category ~ '/ Locale and Formatting$'
              )
        )
        or c.name ~* '^(?!app\.)\w+\.'
    ) then jsonb_build_object('harmless', true) else '{}' end
    -- PostgreSQL lets nobody else reset these, names that it does not know among them.
    || case when exists (
        select from pg_catalog.pg_settings p where p.name = lower(c.name) and p.context in ('user', 'backend')
    ) then '{}' else jsonb_build_object('superuser', true) end
from pg_catalog.pg_db_role_setting s
cross join this_database d
left join pg_catalog.pg_roles r on r.oid = s.setrole
cross join lateral (
    select substr(u, 1, strpos(u, '=') - 1), substr(u, strpos(u, '=') + 1) from unnest(s.setconfig) u
) c (name, value)
where s.setdatabase in (0, d.oid)
  and (s.setrole = 0 or r.rolname in ('prductr_app', 'prductr_service'))
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
where not exists (select from extension_own x where x.class = 'pg_event_trigger'::regclass and x.object = e.oid)
