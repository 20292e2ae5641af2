"""Roles of a server, their memberships and settings, and who may use the database. No passwords."""

from __future__ import annotations

from typing import Any

import psycopg

from database.postgres import literal, name

_BUILT_IN = ("cloud_admin", "neon_superuser", "neon_service")
"""Roles that Neon creates in every cluster."""
_LISTS = ("search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries")
"""Settings whose value is a list of names, quoted where necessary."""
_ROLES = """
select rolname, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit
from pg_catalog.pg_roles
where not rolsuper and rolname !~ '^pg_' and rolname <> all(%s::text[]) order by rolname
"""
_MEMBERS = """
select granted.rolname, member.rolname, admin_option, inherit_option, set_option
from pg_catalog.pg_auth_members
join pg_catalog.pg_roles as granted on granted.oid = roleid
join pg_catalog.pg_roles as member on member.oid = pg_auth_members.member
where not member.rolsuper and (granted.rolname = any(%s::text[]) or member.rolname = any(%s::text[])) order by 1, 2
"""
_SETTINGS = """
select coalesce(rolname, ''), setdatabase <> 0, setting
from pg_catalog.pg_db_role_setting
left join pg_catalog.pg_roles on pg_roles.oid = setrole, unnest(setconfig) as setting
where setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database())) order by 1, 2, 3
"""
_DATABASE = """
select case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end, privilege_type, is_grantable
from pg_catalog.pg_database, aclexplode(datacl)
where datname = current_database() and not exists (
    select from pg_catalog.pg_roles where oid = grantee and (rolsuper or rolname = any(%s::text[]))
) order by 1, 2
"""


def read(connection: psycopg.Connection[tuple[Any, ...]], api_roles: list[str], database: str) -> str:
    """Return SQL that creates them anew. The roles of Neon's API exist already; passwords cannot be read."""
    known = [*_BUILT_IN, *api_roles]
    lines = []
    found = connection.execute(_ROLES, (known,)).fetchall()
    for role, *flags, limit in found:
        words = ("inherit", "createrole", "createdb", "login", "replication", "bypassrls")
        attributes = " ".join(word if flag else f"no{word}" for word, flag in zip(words, flags, strict=True))
        # Roles belong to the whole cluster, so another database may have created them.
        lines.append(
            f"do $$ begin create role {name(role)} {attributes} connection limit {limit};"
            " exception when duplicate_object then null; end $$;"
        )
    names = [str(row[0]) for row in found]
    for granted, member, admin, inherit, may_set in connection.execute(_MEMBERS, (names, names)).fetchall():
        options = f"admin {admin}, inherit {inherit}, set {may_set}".lower()
        lines.append(f"grant {name(granted)} to {name(member)} with {options};")
    for role, of_database, setting in connection.execute(_SETTINGS).fetchall():
        key, _, value = setting.partition("=")
        shown = value if key in _LISTS else literal(value)
        whom = f"role {name(role)}" if role else f"database {name(database)}"
        where = f" in database {name(database)}" if role and of_database else ""
        lines.append(f"alter {whom}{where} set {key} to {shown};")
    lines += _grants(connection, database)
    return "\n".join([*lines, ""])


def _grants(connection: psycopg.Connection[tuple[Any, ...]], database: str) -> list[str]:
    grants = connection.execute(_DATABASE, (list(_BUILT_IN),)).fetchall()
    if not grants:  # nobody ever granted or revoked
        return []
    lines = [f"revoke all on database {name(database)} from public;"]
    for grantee, privilege, grantable in grants:
        option = " with grant option" if grantable else ""
        lines.append(f"grant {privilege.lower()} on database {name(database)} to {grantee}{option};")
    return lines
