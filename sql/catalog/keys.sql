-- What keeps rows where they belong: foreign keys, checks, exclusions and unique keys, of constraints and of indexes alone.
with relation as (
    select c.oid, quote_ident(c.relname) as name
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p', 'f')
      and not exists (
          select from pg_catalog.pg_depend e
          where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
      )
)
select 'constraint' as kind, r.name || '.' || quote_ident(n.conname) as object,
    jsonb_build_object('definition', pg_get_constraintdef(n.oid), 'validated', n.convalidated) as value
from relation r
join pg_catalog.pg_constraint n on n.conrelid = r.oid and n.contype in ('f', 'c', 'x') and n.conparentid = 0
union all
select 'unique key', r.name || '.' || quote_ident(i.relname),
    jsonb_build_object(
        'definition', pg_get_indexdef(x.indexrelid),
        'constraint', pg_get_constraintdef(n.oid),
        'valid', x.indisvalid and x.indisready
    )
from relation r
join pg_catalog.pg_index x on x.indrelid = r.oid and x.indisunique
join pg_catalog.pg_class i on i.oid = x.indexrelid
left join pg_catalog.pg_constraint n on n.conindid = x.indexrelid and n.conrelid = r.oid and n.contype in ('p', 'u')
where not i.relispartition
