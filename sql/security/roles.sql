-- The two roles that the application's programs connect as. They are created in SQL because roles created through Neon's
-- console, command line or API hold BYPASSRLS. Passwords come from a temporary table that database/row_security/reconcile.py
-- fills with COPY: no statement text and no parameter ever holds one. (Neon's control plane refuses SCRAM verifiers, so the
-- server must get the password itself, over TLS.) Differing attributes are repaired one by one, because an owner that lacks
-- an attribute may not name it, even if nothing changes.

do $$
declare
    secret record;
    verb text;
begin
    for secret in select p.role, p.password from pg_temp.launch_passwords p loop
        verb := case when exists (select from pg_catalog.pg_roles r where r.rolname = secret.role)
            then 'alter role %I password %L' else 'create role %I login noinherit password %L' end;
        begin
            execute format(verb, secret.role, secret.password);
        exception when others then
            -- The original error's context quotes the statement.
            raise exception 'the password of role % could not be set: %', secret.role, sqlerrm using errcode = sqlstate;
        end;
        if exists (
            select from pg_catalog.pg_roles r where r.rolname = secret.role and pg_catalog.isfinite(r.rolvaliduntil)
        ) then
            execute format('alter role %I valid until %L', secret.role, 'infinity');
        end if;
    end loop;
end
$$;

-- Nobody has rights by default, not even to execute later functions. A temporary table outlives the transaction on a pooled
-- connection, and hides the table of its name from the next transaction's statements.
do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$;
revoke all on schema public from public;
alter default privileges revoke execute on functions from public;
grant usage on schema public to prductr_app, prductr_service;
