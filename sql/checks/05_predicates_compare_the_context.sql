-- A predicate compares the row's own tenant column with the context, by `=`, and nothing else (R08 to R11): the context
-- is read through `(select …)`, once per statement, from an approved function, and no other table is asked. Restrictive
-- policies are not looked at: they can only take rows away.
with predicate as (
    select format('%s.%s', c.relname, p.polname) as object, p.oid,
        regexp_replace(e.text, 'public\.', '', 'g') as text
    from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    cross join lateral (
        values (pg_get_expr(p.polqual, p.polrelid)), (pg_get_expr(p.polwithcheck, p.polrelid))
    ) e (text)
    where c.relnamespace = 'public'::regnamespace and p.polpermissive and e.text is not null
)
select distinct object, format('%s: %s', wrong.reason, text) as detail
from predicate
cross join lateral (
    select 'does not compare a tenant column with the context'
    where text !~ '\((id|organization_id|user_id|founder_id)\)?(::text)?\)? = (ANY \()?\(+ ?SELECT (current_org_id|writable_org_id|administered_org_id|owned_org_id|current_user_id|current_user_org_ids|founded_org_ids)\(\)'
    union all
    select 'is always true' where text ~* '\mtrue\M' or text ~ '([0-9]+) = \1'
    union all
    select 'compares by something else than equality' where text ~ '<>|!=|<|>|~|\mLIKE\M|\mNOT \('
    union all
    select 'reads a setting itself' where text ~ 'current_setting'
    union all
    select 'calls the context for each row'
    where regexp_replace(text, 'SELECT \w+\(\)', '', 'g') ~ '_(org_id|user_id|org_ids)\(\)'
    union all
    select 'opens when the context is unset' where text ~ '\) IS NULL'
) wrong (reason)
union all
select format('%s.%s', c.relname, p.polname), format('asks another table: %s', d.refobjid::regclass)
from pg_catalog.pg_policy p
join pg_catalog.pg_class c on c.oid = p.polrelid
join pg_catalog.pg_depend d
    on d.classid = 'pg_policy'::regclass and d.objid = p.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.polrelid
where c.relnamespace = 'public'::regnamespace
order by 1, 2
