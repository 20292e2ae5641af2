-- Facts of isolation about the relations of schema public, one row each: kind, object, value.
-- Everything that decides who sees which row: flags, owners, options, policies as PostgreSQL deparses them, the columns
-- that policies read, triggers, rules and grants. The database's owner is called "owner", so that the facts of two
-- databases with different owners are equal; another role of that name is called "owner" in quotes.
with relation as (
    select c.oid, quote_ident(c.relname) as name, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.relowner,
        c.reloptions, d.datdba
    from pg_catalog.pg_class c
    cross join pg_catalog.pg_database d
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and d.datname = current_database()
      and not exists (
          select from pg_catalog.pg_depend e
          where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
      )
),
granted as (
    select r.name, r.datdba, a.grantee, a.privilege_type, a.is_grantable, null::text as column_name
    from relation r
    cross join lateral aclexplode(
        coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))
    ) a
    where a.grantee <> r.relowner
    union all
    select r.name, r.datdba, a.grantee, a.privilege_type, a.is_grantable, quote_ident(t.attname)
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
    ) as value
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
from relation r
join pg_catalog.pg_attribute t on t.attrelid = r.oid and t.attnum > 0 and (
    t.attname in ('organization_id', 'founder_id', 'user_id')
    or (t.attname = 'id' and r.name in ('organizations', 'users'))
    or (r.name, t.attname) in (('organization_members', 'role'), ('cost_events', 'event_type'), ('cost_events', 'cost'))
)
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
    -- Another role's right shows nothing as long as no policy is for that role, and all rows once it bypasses them.
    || case when (b.rolsuper or b.rolbypassrls) and g.grantee <> g.datdba
        then jsonb_build_object('bypasses_row_security', true) else '{}' end
from granted g
left join pg_catalog.pg_roles b on b.oid = g.grantee
-- Neon gives it all tables, and pg_read_all_data and pg_write_all_data anyway.
where g.grantee is distinct from to_regrole('neon_superuser')
group by g.name, g.grantee, g.datdba, b.rolsuper, b.rolbypassrls
