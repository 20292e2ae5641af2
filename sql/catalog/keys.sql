-- The keys that keep rows in place: foreign keys, checks, exclusions and unique keys, as constraints or as indexes alone.
-- For these and for other indexes also the code that they call beyond PostgreSQL's own, which sees a statement's rows.
with relation as (
    select c.oid, quote_ident(c.relname) as name
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p', 'f')
      and not exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
)
select 'constraint' as kind, r.name || '.' || quote_ident(n.conname) as object,
    jsonb_build_object('definition', pg_get_constraintdef(n.oid), 'validated', n.convalidated)
    || coalesce((
        select jsonb_build_object('calls', jsonb_agg(distinct c.call order by c.call))
        from stored_code s
        cross join lateral unnest(s.calls) c (call)
        where (s.class = 'pg_constraint'::regclass and s.object = n.oid)
           or (s.class = 'pg_class'::regclass and s.object = n.conindid and n.contype = 'x')
        having count(*) > 0
    ), '{}') as value
from relation r
join pg_catalog.pg_constraint n on n.conrelid = r.oid and n.contype in ('f', 'c', 'x') and n.conparentid = 0
union all
select 'unique key', r.name || '.' || quote_ident(i.relname),
    jsonb_build_object(
        'definition', pg_get_indexdef(x.indexrelid),
        'constraint', pg_get_constraintdef(n.oid),
        'valid', x.indisvalid and x.indisready
    )
    || coalesce((
        select jsonb_build_object('calls', s.calls) from stored_code s
        where s.class = 'pg_class'::regclass and s.object = x.indexrelid
    ), '{}')
from relation r
join pg_catalog.pg_index x on x.indrelid = r.oid and x.indisunique
join pg_catalog.pg_class i on i.oid = x.indexrelid
left join pg_catalog.pg_constraint n on n.conindid = x.indexrelid and n.conrelid = r.oid and n.contype in ('p', 'u')
where not i.relispartition
union all
select 'index', r.name || '.' || quote_ident(i.relname),
    jsonb_build_object('definition', pg_get_indexdef(x.indexrelid), 'calls', s.calls)
from relation r
join pg_catalog.pg_index x on x.indrelid = r.oid and not x.indisunique and not x.indisexclusion
join pg_catalog.pg_class i on i.oid = x.indexrelid
join stored_code s on s.class = 'pg_class'::regclass and s.object = x.indexrelid
