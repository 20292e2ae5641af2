-- The functions of schema public that belong to no extension: their rights and their definitions.
select 'function' as kind, regexp_replace(p.oid::regprocedure::text, '^public\.', '') as object,
    jsonb_build_object(
        'owner', case when p.proowner = d.owner then 'owner'
            else regexp_replace(quote_ident(pg_get_userbyid(p.proowner)), '^owner$', '"owner"') end,
        'result', pg_get_function_result(p.oid),
        'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
        'security', case when p.prosecdef then 'definer' else 'invoker' end,
        'leakproof', p.proleakproof,
        'settings', to_jsonb(coalesce(p.proconfig, '{}'::text[])),
        'definition', case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) end
    ) as value
from pg_catalog.pg_proc p
cross join this_database d
where p.pronamespace = 'public'::regnamespace
  and not exists (select from extension_own e where e.class = 'pg_proc'::regclass and e.object = p.oid)
