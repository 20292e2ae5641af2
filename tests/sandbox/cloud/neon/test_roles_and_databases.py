"""Roles and databases. Prevents: a proof of isolation as a role with fewer rights than Neon's roles have."""

from __future__ import annotations

import secrets

import psycopg
import pytest
from psycopg import errors

from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import Neon

ATTRIBUTES = "rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls"


def path_of(project: Document) -> str:
    return f"/projects/{project['project']['id']}/branches/{project['branch']['id']}"


def uri_of(project: Document, role: str, password: str, database: str = "neondb") -> str:
    return f"postgresql://{role}:{password}@{project['endpoints'][0]['host']}/{database}?sslmode=require"


def owner_of(project: Document) -> str:
    return str(project["connection_uris"][0]["connection_uri"])


@pytest.fixture
def role(neon: Neon, project: Document) -> Document:
    """Make a role through the API."""
    name = f"role_{secrets.token_hex(4)}"
    answer = neon.call("POST", f"{path_of(project)}/roles", {"role": {"name": name}}, expect=201)
    return dict(neon.settled(answer)["role"])


def test_a_role_of_the_api_bypasses_row_security_and_one_made_in_sql_does_not(
    neon: Neon, project: Document, role: Document
) -> None:
    with neon.connect(owner_of(project)) as connection:
        connection.execute("create role bound login password 'long-enough-for-this'")
        query = f"select rolname, {ATTRIBUTES}, pg_has_role(oid, 'neon_superuser', 'member') from pg_roles"
        found = {row[0]: row[1:] for row in connection.execute(query)}
        connection.execute("create table mine (id int); alter table mine enable row level security")
        connection.execute("alter table mine force row level security; insert into mine values (1)")
        connection.execute("grant select on mine to bound")
        assert connection.execute("select count(*) from mine").fetchone() == (1,)
    everything = (False, True, True, True, True, True, True, True)
    assert found["neondb_owner"] == found[role["name"]] == everything
    assert found["bound"] == (False, True, False, False, True, False, False, False)
    assert found["neon_superuser"] == (False, True, True, True, False, True, True, True)
    with neon.connect(uri_of(project, "bound", "long-enough-for-this")) as connection:
        assert connection.execute("select count(*) from mine").fetchone() == (0,)


def test_nobody_but_the_sandbox_is_superuser(neon: Neon, project: Document) -> None:
    with neon.connect(owner_of(project)) as connection:
        superusers = connection.execute("select rolname from pg_roles where rolsuper").fetchall()
        assert superusers == [("cloud_admin",)]
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("alter role neondb_owner superuser")


def test_the_database_owner_may_create_in_public_and_strangers_may_not(neon: Neon, project: Document) -> None:
    with neon.connect(owner_of(project)) as connection:
        connection.execute("create table public.things (id int)")
        connection.execute("create role stranger login password 'long-enough-for-this'")
    refused = pytest.raises(errors.InsufficientPrivilege)
    with neon.connect(uri_of(project, "stranger", "long-enough-for-this")) as connection, refused:
        connection.execute("create table public.more (id int)")


def test_the_password_is_returned_at_creation_and_on_request_only(
    neon: Neon, project: Document, role: Document
) -> None:
    path = f"{path_of(project)}/roles/{role['name']}"
    assert role["password"].startswith("npg_")
    assert "password" not in neon.call("GET", path)["role"]
    assert neon.call("GET", f"{path}/reveal_password") == {"password": role["password"]}
    with neon.connect(uri_of(project, role["name"], role["password"])) as connection:
        assert connection.execute("select current_user").fetchone() == (role["name"],)


def test_after_a_reset_only_the_new_password_is_accepted(neon: Neon, project: Document, role: Document) -> None:
    path = f"{path_of(project)}/roles/{role['name']}"
    new = neon.settled(neon.call("POST", f"{path}/reset_password"))["role"]["password"]
    assert new == neon.call("GET", f"{path}/reveal_password")["password"] != role["password"]
    with neon.connect(uri_of(project, role["name"], new)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    refused = pytest.raises(psycopg.OperationalError, match="password authentication failed")
    with refused, neon.connect(uri_of(project, role["name"], role["password"])):
        pass


def test_passwords_are_not_revealed_where_they_are_not_stored(neon: Neon) -> None:
    made = neon.project(store_passwords=False)
    path = f"{path_of(made)}/roles/neondb_owner/reveal_password"
    assert neon.refused(412, "GET", path) == ("", "storing passwords is disabled")
    neon.call("DELETE", f"/projects/{made['project']['id']}")


def test_names_are_unique_and_some_are_reserved(neon: Neon, project: Document) -> None:
    path = path_of(project)
    taken = neon.refused(409, "POST", f"{path}/roles", {"role": {"name": "neondb_owner"}})
    assert taken == ("ROLE_ALREADY_EXISTS", 'role already exists; role_name:"neondb_owner"')
    body = {"database": {"name": "neondb", "owner_name": "neondb_owner"}}
    taken = neon.refused(409, "POST", f"{path}/databases", body)
    assert taken == ("DATABASE_ALREADY_EXISTS", 'database already exists; database_name:"neondb"')
    for name in ("cloud_admin", "neon_superuser", "pg_mine"):
        reserved = neon.refused(422, "POST", f"{path}/roles", {"role": {"name": name}})
        assert reserved == ("", f'role name "{name}" is reserved')
    assert neon.refused(400, "POST", f"{path}/roles", {"role": {}}) == ("", "name is required")


def test_an_owner_is_dropped_after_its_database_only(neon: Neon, project: Document, role: Document) -> None:
    path = path_of(project)
    body = {"database": {"name": "second", "owner_name": role["name"]}}
    neon.settled(neon.call("POST", f"{path}/databases", body, expect=201))
    refused = neon.refused(422, "DELETE", f"{path}/roles/{role['name']}")
    assert refused == ("", f'role "{role["name"]}" owns database "second" and cannot be deleted')
    neon.settled(neon.call("DELETE", f"{path}/databases/second"))
    neon.settled(neon.call("DELETE", f"{path}/roles/{role['name']}"))
    neon.call("DELETE", f"{path}/databases/second", expect=204)
    neon.call("DELETE", f"{path}/roles/{role['name']}", expect=204)
    assert neon.refused(404, "GET", f"{path}/roles/{role['name']}") == ("", "role not found")
    with neon.connect(owner_of(project)) as connection:
        left = connection.execute("select from pg_roles where rolname = %s", (role["name"],)).fetchall()
        assert left == connection.execute("select from pg_database where datname = 'second'").fetchall() == []


def test_objects_of_a_dropped_role_pass_to_the_database_owner(neon: Neon, project: Document, role: Document) -> None:
    with neon.connect(owner_of(project)) as connection:
        connection.execute(f"grant create on schema public to {role['name']}")
    with neon.connect(uri_of(project, role["name"], role["password"])) as connection:
        connection.execute("create table public.inherited (id int)")
    neon.settled(neon.call("DELETE", f"{path_of(project)}/roles/{role['name']}"))
    with neon.connect(owner_of(project)) as connection:
        owner = connection.execute("select tableowner from pg_tables where tablename = 'inherited'").fetchone()
    assert owner == ("neondb_owner",)


def test_a_database_is_renamed_with_its_data(neon: Neon, project: Document) -> None:
    path = f"{path_of(project)}/databases"
    body = {"database": {"name": "before", "owner_name": "neondb_owner"}}
    made = neon.settled(neon.call("POST", path, body, expect=201))["database"]
    direct = owner_of(project)
    with neon.connect(direct.replace("/neondb?", "/before?")) as connection:
        connection.execute("create table kept (id int)")
    changed = neon.settled(neon.call("PATCH", f"{path}/before", {"database": {"name": "after"}}))["database"]
    assert (changed["id"], changed["name"]) == (made["id"], "after")
    assert neon.refused(404, "GET", f"{path}/before") == ("", "database not found")
    taken = neon.refused(409, "PATCH", f"{path}/after", {"database": {"name": "neondb"}})
    assert taken[0] == "DATABASE_ALREADY_EXISTS"
    with neon.connect(direct.replace("/neondb?", f"/after?options=endpoint%3D{project['endpoints'][0]['id']}&")) as it:
        assert it.execute("select count(*) from kept").fetchone() == (0,)
    neon.settled(neon.call("DELETE", f"{path}/after"))


def test_a_database_needs_an_owner_that_exists(neon: Neon, project: Document) -> None:
    body = {"database": {"name": "orphan", "owner_name": "nobody"}}
    assert neon.refused(404, "POST", f"{path_of(project)}/databases", body) == ("", "role not found")


def test_without_an_endpoint_that_writes_nothing_can_be_made(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    made = neon.settled(neon.call("POST", path, {"branch": {"name": "bare"}}, expect=201))
    bare = f"{path}/{made['branch']['id']}"
    refused = neon.refused(404, "POST", f"{bare}/roles", {"role": {"name": "someone"}})
    assert refused == ("", "no read-write endpoint for branch")
    neon.settled(neon.call("DELETE", bare))
