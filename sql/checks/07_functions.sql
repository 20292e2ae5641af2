-- Every function that the application can execute or trigger pins its search path, and by default no role may execute it
-- (R29, R34 to R36). Those that run with their owner's rights are listed here, each with the data that it may read:
--   current_org_id, writable_org_id, administered_org_id, owned_org_id, current_user_org_ids: memberships of the current
--   user; fellow_members: names and addresses of the members of the organization in force; user_id_for_login: the id
--   of an address, before anybody is signed in; admit_call: the current user's own calls; trim_analytics,
--   trim_rate_limits, trim_file_locks: how many rows have expired; record_upkeep, last_upkeep: when upkeep succeeded;
--   and triggers, which nobody can call: founding_ended removes the founder's right once there is an owner; keep_key and
--   keep_id check whether a key is another tenant's, before PostgreSQL compares the conflicting row.
with definer (name) as (
    values ('current_org_id'), ('writable_org_id'), ('administered_org_id'), ('owned_org_id'), ('current_user_org_ids'),
        ('user_id_for_login'), ('fellow_members'), ('admit_call'), ('trim_analytics'), ('trim_rate_limits'), ('trim_file_locks'),
        ('record_upkeep'), ('last_upkeep'), ('founding_ended'), ('keep_key'), ('keep_id')
),
reachable as (
    select p.*
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from extension_own e where e.class = 'pg_proc'::regclass and e.object = p.oid)
      and (
          exists (
              select from pg_catalog.pg_roles r
              where r.rolname in ('prductr_app', 'prductr_service') and has_function_privilege(r.oid, p.oid, 'execute')
          )
          or exists (select from pg_catalog.pg_trigger t join exposed c on c.oid = t.tgrelid where t.tgfoid = p.oid)
      )
)
select p.oid::regprocedure::text as object, wrong.reason as detail
from reachable p
cross join lateral (
    select 'does not pin its search path to pg_catalog, pg_temp'
    where not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
    union all
    select 'runs with its owner''s rights and is not on the list'
    where p.prosecdef and p.proname not in (select name from definer)
    union all
    select 'is leakproof' where p.proleakproof
    union all
    select 'may be executed by PUBLIC'
    where exists (
        select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0
    )
) wrong (reason)
order by 1, 2
