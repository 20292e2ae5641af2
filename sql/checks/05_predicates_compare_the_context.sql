-- A predicate compares the row's own tenant column with the context, by `=`, and nothing else (R08 to R11): the context
-- is read through `(select …)`, once per statement, from an approved function, and no other table is queried. Restrictive
-- policies are not examined: they can only hide rows.
-- A predicate is reduced to its parts, and as a whole must have one of a few shapes:
--   @own: the row's organization or user equals the context's; @is: a column equals a constant
--   @own, or (@own and @own and @is …), or several of these joined by OR;
--   and rows of no organization: global agents may be read with any organization in force; analytics events may be
--   written by any signed-in user.
-- (No column can be called @own without quotes.)
with predicate as (
    select format('%s.%s', c.relname, p.polname) as object, c.relname, p.polcmd, e.text,
        case c.relname when 'organizations' then '@org' when 'users' then '@user' else '@nothing' end as id_is
    from pg_catalog.pg_policy p
    join exposed c on c.oid = p.polrelid
    cross join lateral (
        values (pg_get_expr(p.polqual, p.polrelid)), (pg_get_expr(p.polwithcheck, p.polrelid))
    ) e (text)
    where p.polpermissive and e.text is not null
),
context as (
    select p.*, replace(regexp_replace(regexp_replace(
        replace(p.text, 'public.', ''),
        '\( SELECT (current_org_id|writable_org_id|administered_org_id|owned_org_id)\(\) AS \1\)', '@org', 'g'),
        'ANY \(\( SELECT (current_user_org_ids|founded_org_ids)\(\) AS \1\)::text\[\]\)', '@org', 'g'),
        '( SELECT current_user_id() AS current_user_id)', '@user') as reduced
    from predicate p
),
shape as (
    select c.object, c.relname, c.polcmd, c.text, regexp_replace(regexp_replace(regexp_replace(
        c.reduced,
        '\(\(?organization_id\)?(::text)? = @org\)|\(\(?(user_id|founder_id)\)?(::text)? = @user\)', '@own', 'g'),
        format('\(\(?id\)?(::text)? = %s\)', c.id_is), '@own', 'g'),
        '\(\(?\w+\)?(::text)? = (''[^'']*''::text|\(0\)::numeric)\)', '@is', 'g') as reduced
    from context c
),
term (own) as (
    values ('(@own|\(@own( AND (@own|@is))+\))')
)
select s.object, format('does not only compare the row''s tenant with the context: %s', s.text) as detail
from shape s
cross join term t
where s.reduced !~ format(
    '^(%1$s|\(%1$s( OR %1$s)*%2$s\))$', t.own,
    case
        when s.relname = 'agents' and s.polcmd = 'r'
            then '( OR \(\(organization_id IS NULL\) AND \(@org IS NOT NULL\)\))?'
        when s.relname = 'cost_events' and s.polcmd = 'a'
            then '( OR \(\(organization_id IS NULL\)( AND @is){2} AND \(@user IS NOT NULL\)\))?'
        else ''
    end
)
union all
select format('%s.%s', c.relname, p.polname), format('asks another table: %s', d.refobjid::regclass)
from pg_catalog.pg_policy p
join exposed c on c.oid = p.polrelid
join pg_catalog.pg_depend d
    on d.classid = 'pg_policy'::regclass and d.objid = p.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.polrelid
order by 1, 2
