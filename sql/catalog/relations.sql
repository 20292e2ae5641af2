-- Facts of isolation about the relations of schema public, one row each: kind, object, value.
-- They cover everything that decides which role sees which row: flags, owners, options, views and policies as PostgreSQL
-- deparses them, columns, triggers, rules and grants. The database's owner is called "owner", so that the facts of two
-- databases with different owners are equal; another role of that name is called "owner" in quotes.
with relation as (
    select c.oid, quote_ident(c.relname) as name, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.relowner,
        c.reloptions, d.owner as datdba
    from pg_catalog.pg_class c
    cross join this_database d
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (select from extension_own e where e.class = 'pg_class'::regclass and e.object = c.oid)
),
granted as (
    select r.name, r.datdba, r.relowner, a.grantee, a.privilege_type, a.is_grantable, null::text as column_name
    from relation r
    cross join lateral aclexplode(
        coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))
    ) a
    where a.grantee <> r.relowner
    union all
    select r.name, r.datdba, r.relowner, a.grantee, a.privilege_type, a.is_grantable, quote_ident(t.attname)
    from relation r
    join pg_catalog.pg_attribute t on t.attrelid = r.oid and t.attacl is not null and not t.attisdropped
    cross join lateral aclexplode(t.attacl) a
    where a.grantee <> r.relowner
)
select 'relation' as kind, r.name as object,
    jsonb_build_object(
        'kind', case r.relkind
            when 'r' then 'table' when 'p' then 'table' when 'v' then 'view' when 'm' then 'materialized view'
            when 'f' then 'foreign table' else 'sequence' end,
        'row_security', r.relrowsecurity,
        'forced', r.relforcerowsecurity,
        'owner', case when r.relowner = r.datdba then 'owner'
            else regexp_replace(quote_ident(pg_get_userbyid(r.relowner)), '^owner$', '"owner"') end,
        'options', to_jsonb(coalesce(
            (select array_agg(o order by o) from unnest(r.reloptions) o where o like 'security%'), '{}'::text[]
        )),
        'disabled_key_triggers', (
            select count(*) from pg_catalog.pg_trigger g
            where g.tgrelid = r.oid and g.tgisinternal and g.tgenabled <> 'O'
        )
    )
    -- Before release 16 PostgreSQL qualifies each column of a view with its table, even if there is only one.
    || case when r.relkind not in ('v', 'm') then '{}' else jsonb_build_object('definition', replace(
        pg_get_viewdef(r.oid), coalesce((
            select min(quote_ident(b.relname)) || '.'
            from pg_catalog.pg_rewrite w
            join pg_catalog.pg_depend p
                on p.classid = 'pg_rewrite'::regclass and p.objid = w.oid and p.refclassid = 'pg_class'::regclass
                and p.refobjid <> r.oid
            join pg_catalog.pg_class b on b.oid = p.refobjid
            where w.ev_class = r.oid and current_setting('server_version_num')::int < 160000
            having count(distinct b.oid) = 1
        ), ''), ''
    )) end
    -- Rows of a table can also be read through the tables that it inherits from, past its own policies.
    || coalesce((
        select jsonb_build_object('inherits', jsonb_agg(i.inhparent::regclass::text order by i.inhparent::regclass::text))
        from pg_catalog.pg_inherits i
        where i.inhrelid = r.oid and r.relkind in ('r', 'p', 'f')
        having count(*) > 0
    ), '{}')
    || coalesce((
        select jsonb_build_object('inherited_by', jsonb_agg(i.inhrelid::regclass::text order by i.inhrelid::regclass::text))
        from pg_catalog.pg_inherits i
        where i.inhparent = r.oid
        having count(*) > 0
    ), '{}') as value
from relation r
union all
select 'policy', r.name || '.' || quote_ident(p.polname),
    jsonb_build_object(
        'command', case p.polcmd
            when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        'permissive', p.polpermissive,
        'roles', (
            select jsonb_agg(case when m = 0 then 'public' else pg_get_userbyid(m)::text end order by
                case when m = 0 then 'public' else pg_get_userbyid(m)::text end)
            from unnest(p.polroles) m
        ),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'check', pg_get_expr(p.polwithcheck, p.polrelid)
    )
from relation r
join pg_catalog.pg_policy p on p.polrelid = r.oid
union all
select 'column', r.name || '.' || quote_ident(t.attname),
    jsonb_build_object(
        'type', format_type(t.atttypid, t.atttypmod),
        'not_null', t.attnotnull and not exists (
            select from pg_catalog.pg_constraint v
            where v.conrelid = t.attrelid and v.contype = 'n' and v.conkey = array[t.attnum] and not v.convalidated
        ),
        'default', pg_get_expr(f.adbin, f.adrelid)
    )
    || case t.attgenerated when '' then '{}'
        else jsonb_build_object('generated', case t.attgenerated when 's' then 'stored' else 'virtual' end) end
    || case t.attidentity when '' then '{}'
        else jsonb_build_object('identity', case t.attidentity when 'a' then 'always' else 'by default' end) end
    -- Another collation may treat two different texts as equal.
    || case when t.attcollation = y.typcollation then '{}'
        else jsonb_build_object('collation', t.attcollation::regcollation::text) end
    || coalesce((
        select jsonb_build_object('calls', jsonb_agg(distinct c.call order by c.call))
        from stored_code s
        cross join lateral unnest(s.calls) c (call)
        where (s.class = 'pg_attrdef'::regclass and s.object = f.oid)
           or (s.class = 'pg_class'::regclass and s.object = r.oid and s.part = t.attnum)
        having count(*) > 0
    ), '{}')
from relation r
join pg_catalog.pg_attribute t on t.attrelid = r.oid and t.attnum > 0 and not t.attisdropped
join pg_catalog.pg_type y on y.oid = t.atttypid
left join pg_catalog.pg_attrdef f on f.adrelid = r.oid and f.adnum = t.attnum
where r.relkind in ('r', 'p')
union all
select 'trigger', r.name || '.' || quote_ident(g.tgname),
    jsonb_build_object(
        'definition', pg_get_triggerdef(g.oid),
        'enabled', case g.tgenabled when 'O' then 'yes' when 'D' then 'no' when 'R' then 'replica' else 'always' end
    )
from relation r
join pg_catalog.pg_trigger g on g.tgrelid = r.oid and not g.tgisinternal
union all
select 'rule', r.name || '.' || quote_ident(w.rulename), jsonb_build_object('definition', pg_get_ruledef(w.oid))
from relation r
join pg_catalog.pg_rewrite w on w.ev_class = r.oid and (w.rulename <> '_RETURN' or r.relkind not in ('v', 'm'))
union all
select 'grant', g.name || ' to ' || case
        when g.grantee = 0 then 'public' when g.grantee = g.datdba then 'owner'
        else regexp_replace(quote_ident(pg_get_userbyid(g.grantee)), '^owner$', '"owner"') end,
    jsonb_build_object(
        'privileges', jsonb_agg(
            lower(g.privilege_type) || coalesce('(' || g.column_name || ')', '')
            || case when g.is_grantable then ' with grant option' else '' end
            order by lower(g.privilege_type) || coalesce('(' || g.column_name || ')', '')
        )
    )
    -- Another role's right exposes nothing while no policy names that role, but all rows if the role bypasses policies.
    || case when (b.rolsuper or b.rolbypassrls) and g.grantee <> g.datdba
        then jsonb_build_object('bypasses_row_security', true) else '{}' end
    || case when g.relowner = g.datdba then '{}'
        else jsonb_build_object(
            'of', pg_get_userbyid(g.relowner)::text, 'of_own_role', g.relowner in (select oid from own_role)
        ) end
from granted g
left join pg_catalog.pg_roles b on b.oid = g.grantee
-- Neon grants this role all tables, besides pg_read_all_data and pg_write_all_data.
where g.grantee is distinct from to_regrole('neon_superuser')
group by g.name, g.grantee, g.datdba, g.relowner, b.rolsuper, b.rolbypassrls
