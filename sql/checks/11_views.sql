-- A view shows the rows that its reader may see, not those of its owner (R33); a relation without that option must not be
-- readable at all.
select c.relname::text as object,
    case c.relkind
        when 'v' then 'the view lacks security_invoker or security_barrier'
        when 'm' then 'a materialized view ignores row security'
        else 'a foreign table ignores row security'
    end as detail
from exposed c
where c.relkind in ('v', 'm', 'f')
  and not (
      c.relkind = 'v'
      and coalesce(c.reloptions @> array['security_invoker=true'], false)
      and coalesce(c.reloptions @> array['security_barrier=true'], false)
  )
order by 1
