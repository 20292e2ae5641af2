-- The roles that the database's owner is or may act as: what belongs to one of them may be the owner's doing. The platform's
-- are others, superusers and those that no owner is a member of.
select r.oid
from pg_catalog.pg_roles r
cross join this_database d
where r.oid = d.owner
   or (not r.rolsuper and r.oid >= 16384 and pg_has_role(d.owner, r.oid, 'member'))
