-- Triggers of protected tables fire, with the writer's rights (R36); those with their owner's rights are on a list.
select format('%s.%s', c.relname, case when t.tgisinternal then 'foreign key' else t.tgname::text end) as object,
    case when t.tgenabled <> 'O' then 'is disabled' else 'runs with its owner''s rights' end as detail
from pg_catalog.pg_trigger t
join exposed c on c.oid = t.tgrelid
join pg_catalog.pg_proc p on p.oid = t.tgfoid
where c.relrowsecurity
  and (
      t.tgenabled <> 'O'
      or (p.prosecdef and not t.tgisinternal and p.proname not in ('founding_ended', 'keep_key', 'keep_id'))
  )
order by 1
