-- Objects without rights of their own, which every session finds, and which neither PostgreSQL nor an extension created:
-- operators, casts, types, languages and the like in usable schemas, publications and subscriptions. Some change the
-- meaning or the result of a statement (harmful). An owner of null is nobody.
select i.type || ' ' || i.identity as thing, o.harmful, o.droppable, o.detail,
    case when o.class not in ('pg_cast'::regclass, 'pg_transform'::regclass) then coalesce(w.refobjid, 10) end as owner
from (
    select 'pg_operator'::regclass as class, p.oid, p.oprnamespace as schema, true as harmful, true as droppable,
        'calls ' || p.oprcode::regprocedure::text as detail
    from pg_catalog.pg_operator p
    where p.oprcode <> 0
    union all
    select 'pg_cast'::regclass, c.oid, null, true, true,
        case c.castcontext when 'i' then 'is made by itself' when 'a' then 'is made by itself where a value is stored'
            else 'is made on request' end
        || case when c.castfunc = 0 then '' else ', by ' || c.castfunc::regprocedure::text end
    from pg_catalog.pg_cast c
    union all
    select 'pg_opclass'::regclass, c.oid, c.opcnamespace, c.opcdefault, true,
        case when c.opcdefault then 'is the default of ' else 'is for ' end || format_type(c.opcintype, null)
    from pg_catalog.pg_opclass c
    union all
    select 'pg_opfamily'::regclass, f.oid, f.opfnamespace, false, true, 'belongs to operator classes'
    from pg_catalog.pg_opfamily f
    where not exists (select from pg_catalog.pg_opclass c where c.opcfamily = f.oid)
    union all
    select 'pg_collation'::regclass, c.oid, c.collnamespace, false, true,
        case when c.collisdeterministic then 'compares texts' else 'takes texts for equal that differ' end
    from pg_catalog.pg_collation c
    union all
    select 'pg_conversion'::regclass, c.oid, c.connamespace, c.condefault, true, 'calls ' || c.conproc::text
    from pg_catalog.pg_conversion c
    union all
    select 'pg_language'::regclass, l.oid, null, true, true,
        case when l.lanpltrusted then 'is trusted' else 'is not trusted' end
    from pg_catalog.pg_language l
    union all
    select 'pg_transform'::regclass, t.oid, null, true, false, 'is for ' || format_type(t.trftype, null)
    from pg_catalog.pg_transform t
    union all
    select 'pg_am'::regclass, a.oid, null, false, true, 'calls ' || a.amhandler::text
    from pg_catalog.pg_am a
    union all
    -- Row types of tables and array types come and go with the tables, multiranges with their ranges.
    select 'pg_type'::regclass, t.oid, t.typnamespace, false, true,
        case t.typtype when 'e' then 'enum' when 'd' then 'domain of ' || format_type(t.typbasetype, t.typtypmod)
            when 'r' then 'range' when 'c' then 'composite type' else 'base type' end
        || coalesce(' (' || (
            select string_agg(pg_get_constraintdef(k.oid), ', ' order by k.conname)
            from pg_catalog.pg_constraint k where k.contypid = t.oid
        ) || ')', '')
    from pg_catalog.pg_type t
    left join pg_catalog.pg_class c on c.oid = t.typrelid
    where t.typelem = 0
      and (t.typtype in ('e', 'd', 'r', 'b') or (t.typtype = 'c' and c.relkind = 'c'))
    union all
    select 'pg_ts_config'::regclass, t.oid, t.cfgnamespace, false, true, 'is for searches' from pg_catalog.pg_ts_config t
    union all
    select 'pg_ts_dict'::regclass, t.oid, t.dictnamespace, false, true, 'is for searches' from pg_catalog.pg_ts_dict t
    union all
    select 'pg_ts_parser'::regclass, t.oid, t.prsnamespace, false, true, 'is for searches' from pg_catalog.pg_ts_parser t
    union all
    select 'pg_ts_template'::regclass, t.oid, t.tmplnamespace, false, true, 'is for searches'
    from pg_catalog.pg_ts_template t
    union all
    -- ANALYZE builds them from all rows of a table, with the owner's rights.
    select 'pg_statistic_ext'::regclass, s.oid, null, k.calls is not null, true,
        pg_get_statisticsobjdef(s.oid) || coalesce(', calls ' || array_to_string(k.calls, ', '), '')
    from pg_catalog.pg_statistic_ext s
    join pg_catalog.pg_class c on c.oid = s.stxrelid and c.relnamespace = 'public'::regnamespace
    left join stored_code k on k.class = 'pg_statistic_ext'::regclass and k.object = s.oid
    union all
    -- Sends rows of all tenants to every role that may replicate.
    select 'pg_publication'::regclass, p.oid, null, false, true,
        'publishes ' || case when p.puballtables then 'all tables' else coalesce((
            select string_agg(t.schemaname || '.' || t.tablename, ', ' order by t.schemaname, t.tablename)
            from pg_catalog.pg_publication_tables t where t.pubname = p.pubname
        ), 'nothing') end
    from pg_catalog.pg_publication p
    union all
    -- Writes rows from elsewhere past every policy.
    select 'pg_subscription'::regclass, s.oid, null, true, false,
        case when s.subenabled then 'is enabled' else 'is disabled' end
    from pg_catalog.pg_subscription s
    cross join this_database d
    where s.subdbid = d.oid
) o
cross join this_database d
cross join lateral pg_identify_object(o.class, o.oid, 0) i
-- Objects of the superuser that initdb creates, OID 10, have no entry.
left join pg_catalog.pg_shdepend w
    on w.dbid = d.oid and w.classid = o.class and w.objid = o.oid and w.objsubid = 0
    and w.refclassid = 'pg_authid'::regclass and w.deptype = 'o'
where o.oid >= 16384
  and (o.schema is null or o.schema in (select u.oid from usable_schema u))
  and not exists (select from extension_own e where e.class = o.class and e.object = o.oid)
