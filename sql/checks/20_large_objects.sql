-- No policy applies to large objects: every session of their owner reads them, whichever tenant wrote them. Any session
-- can create one, so a finding stops no apply; it is reported because the application creates none.
select format('large object %s', l.oid) as object, format('belongs to %s', r.rolname) as detail
from pg_catalog.pg_largeobject_metadata l
join pg_catalog.pg_roles r on r.oid = l.lomowner and r.rolname in ('prductr_app', 'prductr_service')
order by 1, 2
