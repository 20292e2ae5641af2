-- Faults on protected tables that expose no row but cost time or block an upgrade: no primary key, two equal indexes, no
-- autovacuum, columns that hold the OID of a catalog entry. A finding stops no apply; `launch verify` reports it.
select c.relname::text as object, 'has no primary key' as detail
from exposed c
where c.relkind in ('r', 'p')
  and c.relrowsecurity
  and not exists (select from pg_catalog.pg_index x where x.indrelid = c.oid and x.indisprimary)
union all
select c.relname::text, format('%s are the same index', string_agg(i.relname, ', ' order by i.relname))
from pg_catalog.pg_index x
join exposed c on c.oid = x.indrelid
join pg_catalog.pg_class i on i.oid = x.indexrelid
where c.relrowsecurity
group by c.relname, c.oid, i.relam, x.indkey::text, x.indclass::text, x.indcollation::text, x.indoption::text,
    x.indisunique, pg_get_expr(x.indexprs, c.oid), pg_get_expr(x.indpred, c.oid)
having count(*) > 1
union all
select c.relname::text, format('autovacuum is switched off by %s', o)
from exposed c
cross join lateral unnest(c.reloptions) o
where c.relrowsecurity
  and o ~ '^(toast\.)?autovacuum_enabled=(false|off|no|0)$'
union all
select format('%s.%s', c.relname, t.attname), format('the type %s stops pg_upgrade', t.atttypid::regtype)
from exposed c
join pg_catalog.pg_attribute t on t.attrelid = c.oid and not t.attisdropped
where c.relrowsecurity
  and t.atttypid in (
      'regcollation'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype,
      'regoper'::regtype, 'regoperator'::regtype, 'regproc'::regtype, 'regprocedure'::regtype
  )
order by 1, 2
