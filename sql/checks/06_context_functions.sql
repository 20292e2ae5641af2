-- Functions that policies call are stable, spell the context in one way and are on the list (R11, R12). An immutable one
-- would serve one tenant's rows to another through a reused plan; a volatile one runs for each row.
with context (name) as (
    values ('current_user_id'), ('current_org_id'), ('writable_org_id'), ('administered_org_id'), ('owned_org_id'),
        ('current_user_org_ids')
)
select p.proname::text as object, wrong.reason as detail
from pg_catalog.pg_proc p
join context on context.name = p.proname
cross join lateral (
    select format('is %s, not stable', case p.provolatile when 'i' then 'immutable' else 'volatile' end)
    where p.provolatile <> 's'
    union all
    select 'is not parallel safe' where p.proparallel <> 's'
    union all
    select 'does not read the context as nullif(current_setting(…, true), '''')'
    where p.prosrc !~ 'nullif\(current_setting\(''app\.current_(org|user)_id'', true\), ''''\)'
       or regexp_replace(p.prosrc, 'nullif\(current_setting\(''app\.current_(org|user)_id'', true\), ''''\)', '', 'g')
           ~ 'current_setting'
    union all
    select 'does not check the membership'
    where p.proname <> 'current_user_id' and p.prosrc !~ 'from public\.organization_members'
) wrong (reason)
where p.pronamespace = 'public'::regnamespace
  and p.pronargs = 0
union all
select p.oid::regprocedure::text, format('makes a call of %s() ambiguous', p.proname)
from pg_catalog.pg_proc p
join context on context.name = p.proname
where p.pronamespace = 'public'::regnamespace
  and p.pronargs > 0
  and p.pronargdefaults = p.pronargs
union all
select c.name, 'is missing or has arguments'
from context c
where to_regprocedure(format('public.%I()', c.name)) is null
union all
select format('%s.%s', c.relname, p.polname), format('calls %s, which is not on the list', d.refobjid::regprocedure)
from pg_catalog.pg_policy p
join exposed c on c.oid = p.polrelid
join pg_catalog.pg_depend d
    on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
join pg_catalog.pg_proc f on f.oid = d.refobjid
where f.proname not in (select name from context)
  and f.proname <> 'founded_org_ids'  -- with the caller's rights, and so within the policy of organizations
order by 1, 2
