-- The roles that the database's owner is or may act as: their objects may be the owner's doing. The platform's roles are
-- not among them: superusers, and roles that the owner is not a member of.
select r.oid
from pg_catalog.pg_roles r
cross join this_database d
where r.oid = d.owner
   or (not r.rolsuper and r.oid >= 16384 and pg_has_role(d.owner, r.oid, 'member'))
