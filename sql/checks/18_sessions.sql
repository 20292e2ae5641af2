-- A session of the application starts without a context and cannot switch off the protection of rows (R32, R37): no
-- setting names a context or changes the effect of row security, triggers or names, no event trigger runs at login, and
-- nobody may change a superuser's setting.
select coalesce(r.rolname::text, 'every role') as object, format('sessions start with %s', c.setting) as detail
from pg_catalog.pg_db_role_setting s
left join pg_catalog.pg_roles r on r.oid = s.setrole
cross join lateral unnest(s.setconfig) c (setting)
where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = current_database()))
  and (s.setrole = 0 or r.rolname in ('prductr_app', 'prductr_service'))
  and c.setting ~* '^(app\.|(row_security|search_path|role|session_authorization|session_replication_role|lo_compat_privileges)=|(session|local)_preload_libraries=)'
union all
select e.evtname::text, format('runs %s at each login', e.evtfoid::regproc)
from pg_catalog.pg_event_trigger e
where e.evtevent = 'login' and e.evtenabled <> 'D'
union all
select p.parname, format('%s may %s the parameter', case when a.grantee = 0 then 'PUBLIC' else r.rolname end,
    lower(a.privilege_type))
from pg_catalog.pg_parameter_acl p
cross join lateral aclexplode(p.paracl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where a.grantee = 0 or r.rolname in ('prductr_app', 'prductr_service')
order by 1, 2
