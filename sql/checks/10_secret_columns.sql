-- Machines act for users and organizations but read nothing that proves a user's identity (R31). The application reads
-- these columns, because its queries name every column of a table; the rows are the current user's own.
select format('%s.%s', s.table_name, s.column_name) as object, 'prductr_service may read it' as detail
from (values
    ('users', 'password_hash'), ('organizations', 'api_keys'),
    ('user_secrets', 'encrypted_value'), ('user_secrets', 'iv'), ('user_secrets', 'auth_tag')
) s (table_name, column_name)
where has_column_privilege('prductr_service', format('public.%I', s.table_name), s.column_name, 'select')
order by 1
