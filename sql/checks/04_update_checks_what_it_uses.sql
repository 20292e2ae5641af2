-- A policy for UPDATE accepts exactly the same rows as target and as result, and one for INSERT has a check (R07).
select format('%s.%s', c.relname, p.polname) as object,
    case
        when p.polwithcheck is null then 'the policy has no WITH CHECK'
        else format('WITH CHECK %s is not USING %s',
            pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid))
    end as detail
from pg_catalog.pg_policy p
join exposed c on c.oid = p.polrelid
where p.polpermissive
  and (
      (p.polcmd in ('a', 'w', '*') and p.polwithcheck is null)
      or (p.polcmd in ('w', '*')
          and pg_get_expr(p.polwithcheck, p.polrelid) is distinct from pg_get_expr(p.polqual, p.polrelid))
  )
order by 1
