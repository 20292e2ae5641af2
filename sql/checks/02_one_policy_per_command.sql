-- Each role has exactly one permissive policy for each command on each protected table (R04, R05): without one the
-- command is denied by accident, and two are joined by OR, so the wider one wins.
select c.relname::text as object,
    format('%s has %s permissive policies for %s, not 1', r.rolname, count(p.oid), k.word) as detail
from exposed c
cross join pg_catalog.pg_roles r
cross join (values ('r', 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete')) k (command, word)
left join pg_catalog.pg_policy p
    on p.polrelid = c.oid and p.polpermissive and p.polcmd in (k.command::"char", '*')
    and (p.polroles @> array[r.oid] or p.polroles @> array[0::oid])
where c.relkind in ('r', 'p')
  and c.relrowsecurity
  and r.rolname in ('prductr_app', 'prductr_service')
group by c.relname, r.rolname, k.word
having count(p.oid) <> 1
order by 1, 2
