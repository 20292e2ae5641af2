"""Branches. Prevents: a rehearsal on something other than a copy, or a copy that changes its source."""

from __future__ import annotations

import psycopg
import pytest

from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import Neon, until

WRITER = [{"type": "read_write"}]


def branch(neon: Neon, project: Document, name: str, **fields: object) -> Document:
    """Make a new branch with an endpoint, ready."""
    body = {"branch": {"name": name} | fields, "endpoints": WRITER}
    path = f"/projects/{project['project']['id']}/branches"
    return neon.settled(neon.call("POST", path, body, expect=201))


def uri(answer: Document) -> str:
    return str(answer["connection_uris"][0]["connection_uri"])


def test_a_branch_is_a_copy_that_goes_its_own_way(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project)) as parent:
        parent.execute("create table notes (body text); insert into notes values ('before')")
        parent.execute("create role made_in_sql login password 'long-enough-for-this'")
        made = branch(neon, project, "rehearsal")
        assert made["branch"]["parent_id"] == project["branch"]["id"]
        with neon.connect(uri(made)) as child:
            assert child.execute("select body from notes").fetchall() == [("before",)]
            assert child.execute("show neon.branch_id").fetchone() == (made["branch"]["id"],)
            child.execute("insert into notes values ('in the child'); drop role made_in_sql")
            parent.execute("insert into notes values ('in the parent')")
            assert child.execute("select body from notes").fetchall() == [("before",), ("in the child",)]
        assert parent.execute("select body from notes").fetchall() == [("before",), ("in the parent",)]
        assert parent.execute("show neon.branch_id").fetchone() == (project["branch"]["id"],)
        assert parent.execute("select from pg_roles where rolname = 'made_in_sql'").fetchone() is not None
    path = f"/projects/{project['project']['id']}/branches/{made['branch']['id']}"
    server = neon.server(made["branch"]["id"])
    neon.call("DELETE", path)
    until(lambda: not server.directory.exists())
    assert server.pid() is None
    neon.refused(404, "GET", path)
    neon.call("DELETE", path, expect=204)


def test_a_child_has_the_passwords_of_its_parent_unless_that_is_protected(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    same = branch(neon, project, "same")
    parent_password = project["roles"][0]["password"]
    assert f":{parent_password}@" in uri(same)
    neon.call("PATCH", f"{path}/{project['branch']['id']}", {"branch": {"protected": True}})
    fresh = branch(neon, project, "fresh")
    neon.call("PATCH", f"{path}/{project['branch']['id']}", {"branch": {"protected": False}})
    with neon.connect(uri(fresh)) as connection:
        assert connection.execute("select current_user").fetchone() == ("neondb_owner",)
    refused = pytest.raises(psycopg.OperationalError, match="password authentication failed")
    with refused, neon.connect(uri(fresh), password=parent_password):
        pass
    for made in (same, fresh):
        neon.settled(neon.call("DELETE", f"{path}/{made['branch']['id']}"))


def test_branches_are_deleted_in_order_and_the_default_one_stays(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    parent = branch(neon, project, "parent")["branch"]
    child = branch(neon, project, "child", parent_id=parent["id"], protected=True)["branch"]
    default = project["branch"]["id"]
    assert (
        neon.refused(422, "DELETE", f"{path}/{default}")[1] == "cannot delete the root or default branch of a project"
    )
    assert neon.refused(422, "DELETE", f"{path}/{parent['id']}")[1] == "cannot delete branch that has children"
    assert neon.refused(422, "DELETE", f"{path}/{child['id']}")[1] == "cannot delete protected branch"
    neon.call("PATCH", f"{path}/{child['id']}", {"branch": {"protected": False}})
    for made in (child, parent):
        neon.settled(neon.call("DELETE", f"{path}/{made['id']}"))
    assert [item["id"] for item in neon.call("GET", path)["branches"]] == [default]


def test_names_of_branches_are_unique(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    taken = ("BRANCH_ALREADY_EXISTS", 'branch already exists; branch_name:"main"')
    assert neon.refused(409, "POST", path, {"branch": {"name": "main"}}) == taken
    made = neon.settled(neon.call("POST", path, {"branch": {"name": "other"}}, expect=201))["branch"]
    assert neon.refused(409, "PATCH", f"{path}/{made['id']}", {"branch": {"name": "main"}}) == taken
    neon.settled(neon.call("DELETE", f"{path}/{made['id']}"))


def test_an_unsupported_or_unknown_source_is_refused(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    message = neon.refused(400, "POST", path, {"branch": {"init_source": "backup"}})[1]
    assert message == "init_source must be one of parent-data, schema-only"
    assert neon.refused(404, "POST", path, {"branch": {"parent_id": "br-no"}}) == ("", "branch not found")
    assert neon.call("GET", f"{path}/count") == {"count": 1}


def test_the_number_of_branches_is_limited(neon: Neon) -> None:
    made = neon.project()
    path = f"/projects/{made['project']['id']}/branches"
    find = neon.context.store.find
    root = find("neon.branches", id=made["branch"]["id"])[0]
    for number in range(9):
        neon.context.store.put("neon.branches", f"br-{number}", root | {"id": f"br-{number}", "default": False})
    assert neon.refused(422, "POST", path) == ("BRANCHES_LIMIT_EXCEEDED", "branches limit exceeded")
    for number in range(9):
        neon.context.store.delete("neon.branches", f"br-{number}")
    neon.call("DELETE", f"/projects/{made['project']['id']}")


def test_another_branch_can_become_the_default(neon: Neon, project: Document) -> None:
    path = f"/projects/{project['project']['id']}/branches"
    made = neon.settled(neon.call("POST", path, {"branch": {"name": "next"}}, expect=201))["branch"]
    neon.call("POST", f"{path}/{made['id']}/set_as_default")
    listed = {item["name"]: item["default"] for item in neon.call("GET", path)["branches"]}
    assert listed == {"main": False, "next": True}
    neon.refused(422, "DELETE", f"{path}/{made['id']}")
    neon.call("POST", f"{path}/{project['branch']['id']}/set_as_default")
    neon.settled(neon.call("DELETE", f"{path}/{made['id']}"))
