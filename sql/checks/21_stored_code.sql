-- Code that the application's statements run implicitly, by OID and past every schema's rights, is PostgreSQL's own or an
-- extension's: defaults, generated columns, checks, indexes, statistics and the queries of views call nothing else. Policies
-- (05, 06) and triggers (07) have lists of their own.
with part as (
    select c.oid, c.relname, 'pg_attrdef'::regclass as class, f.oid as object, 0 as part,
        format('%s.%s', c.relname, t.attname) as name
    from exposed c
    join pg_catalog.pg_attrdef f on f.adrelid = c.oid
    join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum = f.adnum
    union all
    select c.oid, c.relname, 'pg_class'::regclass, c.oid, t.attnum, format('%s.%s', c.relname, t.attname)
    from exposed c
    join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped
    union all
    select c.oid, c.relname, 'pg_constraint'::regclass, n.oid, 0, n.conname::text
    from exposed c
    join pg_catalog.pg_constraint n on n.conrelid = c.oid
    union all
    select c.oid, c.relname, 'pg_class'::regclass, i.oid, 0, i.relname::text
    from exposed c
    join pg_catalog.pg_index x on x.indrelid = c.oid
    join pg_catalog.pg_class i on i.oid = x.indexrelid
    union all
    select c.oid, c.relname, 'pg_statistic_ext'::regclass, s.oid, 0, s.stxname::text
    from exposed c
    join pg_catalog.pg_statistic_ext s on s.stxrelid = c.oid
    union all
    select c.oid, c.relname, 'pg_rewrite'::regclass, w.oid, 0, c.relname::text
    from exposed c
    join pg_catalog.pg_rewrite w on w.ev_class = c.oid
)
select p.name as object, format('calls %s', array_to_string(s.calls, ', ')) as detail
from part p
join stored_code s on s.class = p.class and s.object = p.object and (s.part = p.part or p.part = 0)
union all
-- A table's rows can be read through the tables that it inherits from and through its partitions.
select c.relname::text, format('shares its rows with %s', case when i.inhrelid = c.oid then i.inhparent else i.inhrelid end::regclass)
from exposed c
join pg_catalog.pg_inherits i on c.oid in (i.inhrelid, i.inhparent)
where c.relrowsecurity
order by 1, 2
