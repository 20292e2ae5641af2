-- Code beyond PostgreSQL's own and that of extensions which stored expressions and queries call: functions, operators,
-- operator classes, and types with functions of their own (domains, ranges). They are called by OID with the rights of the
-- role whose statement causes it, whatever schema they are in.
select d.classid as class, d.objid as object, d.objsubid as part,
    array_agg(distinct pg_describe_object(d.refclassid, d.refobjid, 0) order by pg_describe_object(d.refclassid, d.refobjid, 0))
        as calls
from pg_catalog.pg_depend d
left join pg_catalog.pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
where d.refobjid >= 16384
  and d.classid in (
      'pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_class'::regclass, 'pg_rewrite'::regclass,
      'pg_statistic_ext'::regclass, 'pg_publication_rel'::regclass, 'pg_type'::regclass
  )
  and (
      d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass)
      or t.typtype in ('d', 'r', 'm')
  )
  and not exists (select from extension_own e where e.class = d.refclassid and e.object = d.refobjid)
group by d.classid, d.objid, d.objsubid
