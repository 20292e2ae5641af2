-- A view shows what its reader may see, not what its owner may (R33); what cannot do so is not readable at all.
select c.relname::text as object,
    case c.relkind
        when 'v' then 'the view lacks security_invoker or security_barrier'
        when 'm' then 'a materialized view ignores row security'
        else 'a foreign table ignores row security'
    end as detail
from pg_catalog.pg_class c
where c.relnamespace = 'public'::regnamespace
  and c.relkind in ('v', 'm', 'f')
  and not (
      c.relkind = 'v'
      and coalesce(c.reloptions @> array['security_invoker=true'], false)
      and coalesce(c.reloptions @> array['security_barrier=true'], false)
  )
  and exists (
      select from pg_catalog.pg_roles r
      where r.rolname in ('prductr_app', 'prductr_service')
        and has_any_column_privilege(r.oid, c.oid, 'select, insert, update')
  )
order by 1
