-- The connected database, and its owner.
select d.oid, d.datdba as owner, d.datacl as acl from pg_catalog.pg_database d where d.datname = current_database()
