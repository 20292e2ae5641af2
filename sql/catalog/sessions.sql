-- The start of a session: the schema's owner, which may create anything in it, settings, and event triggers.
-- pg_database_owner, PostgreSQL's default owner of the schema, has one member: the database's owner.
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
-- A setting of a role or of the database could name a context, or switch row security or triggers. PostgreSQL stores a
-- custom name with its original case, and reads it in any case.
select 'setting',
    coalesce(quote_ident(r.rolname), 'every role') || case when s.setdatabase = 0 then '' else ' in this database' end
    || ' ' || c.name,
    jsonb_build_object('value', c.value)
    -- Settings that affect only speed, or the form of values, change no meaning.
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
    -- Only a superuser can reset these, custom names included.
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
-- A trigger on `login` runs at the start of each session, including the application's, and may name a context for it.
select 'event trigger', quote_ident(e.evtname),
    jsonb_build_object(
        'event', e.evtevent,
        'tags', to_jsonb(e.evttags),
        'function', e.evtfoid::regprocedure::text,
        'enabled', e.evtenabled <> 'D'
    )
from pg_catalog.pg_event_trigger e
where not exists (select from extension_own x where x.class = 'pg_event_trigger'::regclass and x.object = e.oid)
