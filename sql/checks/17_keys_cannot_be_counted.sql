-- No key is a number by which a tenant could count another's rows, and no sequence reveals its last value (R24).
select format('%s.%s', c.relname, t.attname) as object, format('the primary key is %s', t.atttypid::regtype) as detail
from pg_catalog.pg_index x
join exposed c on c.oid = x.indrelid
join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum = any (x.indkey)
where c.relrowsecurity
  and x.indisprimary
  and t.atttypid in ('integer'::regtype, 'bigint'::regtype, 'smallint'::regtype)
union all
select s.relname::text, format('%s may read the sequence', r.rolname)
from pg_catalog.pg_class s
cross join pg_catalog.pg_roles r
where s.relkind = 'S'
  and s.relnamespace = 'public'::regnamespace
  and not exists (
      select from pg_catalog.pg_depend e
      where e.classid = 'pg_class'::regclass and e.objid = s.oid and e.deptype = 'e'
  )
  and r.rolname in ('prductr_app', 'prductr_service')
  and has_sequence_privilege(r.oid, s.oid, 'select, usage')
order by 1
