-- Each column that a policy compares or a foreign key follows is the first column of a valid index (R25). A finding stops
-- no apply; `launch verify` reports it. An invalid index counts as being built while its table has the lock of CREATE
-- INDEX CONCURRENTLY (or of VACUUM, which is the same).
with needed as (
    select c.oid, c.relname, t.attname, t.attnum
    from exposed c
    join pg_catalog.pg_attribute t on t.attrelid = c.oid and not t.attisdropped
    where c.relkind in ('r', 'p')
      and c.relrowsecurity
      and (
          t.attname in ('organization_id', 'founder_id')
          or (c.relname in ('organization_members', 'user_secrets') and t.attname = 'user_id')
      )
    union
    select c.oid, c.relname, t.attname, t.attnum
    from pg_catalog.pg_constraint n
    join exposed c on c.oid = n.conrelid
    join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum = n.conkey[1]
    where n.contype = 'f'
)
select format('%s.%s', n.relname, n.attname) as object, 'leads no valid index' as detail
from needed n
where not exists (
    select from pg_catalog.pg_index x
    where x.indrelid = n.oid and x.indkey[0] = n.attnum and x.indisvalid
)
union all
select i.relname::text, 'the index is not valid'
from pg_catalog.pg_index x
join exposed c on c.oid = x.indrelid
join pg_catalog.pg_class i on i.oid = x.indexrelid
where not x.indisvalid
  and not exists (
      select from pg_catalog.pg_locks l
      where l.relation = x.indrelid
        and l.mode = 'ShareUpdateExclusiveLock'
        and l.granted
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
  )
order by 1
