-- Operators, casts, types, languages, publications and the like (world/loose_object). Only those that the migrations
-- create are declared.
select 'object' as kind, o.thing as object,
    jsonb_build_object('harmful', o.harmful, 'detail', o.detail, 'droppable', o.droppable)
    || case when o.owner is null or o.owner = d.owner then '{}'
        else jsonb_build_object(
            'of', pg_get_userbyid(o.owner)::text, 'of_own_role', o.owner in (select oid from own_role)
        ) end as value
from loose_object o
cross join this_database d
