"""Endpoints and their computes. Prevents: a stack that was never tested with a sleeping database."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import Neon


def path_of(project: Document) -> str:
    return f"/projects/{project['project']['id']}/endpoints"


def uri(project: Document, host: str | None = None) -> str:
    own = str(project["connection_uris"][0]["connection_uri"])
    return own.replace(project["endpoints"][0]["host"], host) if host else own


def test_a_branch_has_one_endpoint_that_writes(neon: Neon, project: Document) -> None:
    body = {"endpoint": {"branch_id": project["branch"]["id"], "type": "read_write"}}
    refused = neon.refused(409, "POST", path_of(project), body)
    assert refused == ("ENDPOINTS_LIMIT_EXCEEDED", "read_write endpoint already exists")
    assert len(neon.call("GET", path_of(project))["endpoints"]) == 1


def test_a_suspended_compute_disconnects_its_clients_and_wakes_for_the_next(neon: Neon, project: Document) -> None:
    path = f"{path_of(project)}/{project['endpoints'][0]['id']}"
    server = neon.server(project["branch"]["id"])
    with neon.connect(uri(project)) as connection:
        neon.settled(neon.call("POST", f"{path}/suspend"))
        assert server.pid() is None
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert neon.call("GET", path)["endpoint"]["current_state"] == "idle"
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert neon.call("GET", path)["endpoint"]["current_state"] == "active"


def test_start_and_restart_take_effect(neon: Neon, project: Document) -> None:
    path = f"{path_of(project)}/{project['endpoints'][0]['id']}"
    server = neon.server(project["branch"]["id"])
    assert neon.call("POST", f"{path}/start")["operations"] == []
    before = server.pid()
    neon.settled(neon.call("POST", f"{path}/restart"))
    assert server.pid() not in (None, before)


def test_a_disabled_endpoint_refuses_until_it_is_enabled(neon: Neon, project: Document) -> None:
    path = f"{path_of(project)}/{project['endpoints'][0]['id']}"
    neon.settled(neon.call("PATCH", path, {"endpoint": {"disabled": True}}))
    refused = pytest.raises(psycopg.OperationalError, match="The endpoint has been disabled")
    with refused, neon.connect(uri(project)):
        pass
    assert neon.refused(422, "POST", f"{path}/start") == ("", "the endpoint is disabled")
    neon.settled(neon.call("PATCH", path, {"endpoint": {"disabled": False}}))
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_read_only_endpoint_reads_the_same_data_and_writes_none(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project)) as connection:
        connection.execute("create table seen (id int); insert into seen values (7)")
    body = {"endpoint": {"branch_id": project["branch"]["id"], "type": "read_only"}}
    made = neon.settled(neon.call("POST", path_of(project), body, expect=201))["endpoint"]
    with neon.connect(uri(project, made["host"])) as connection:
        assert connection.execute("select id from seen").fetchall() == [(7,)]
        with pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute("insert into seen values (8)")
    path = f"{path_of(project)}/{made['id']}"
    neon.settled(neon.call("DELETE", path))
    neon.call("DELETE", path, expect=204)
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select count(*) from seen").fetchone() == (1,)


def test_settings_are_changed_within_their_range(neon: Neon, project: Document) -> None:
    path = f"{path_of(project)}/{project['endpoints'][0]['id']}"
    changed = neon.call("PATCH", path, {"endpoint": {"suspend_timeout_seconds": 600, "name": "primary"}})["endpoint"]
    assert (changed["suspend_timeout_seconds"], changed["name"]) == (600, "primary")
    message = "suspend_timeout_seconds must be a number from -1 to 604800"
    assert neon.refused(400, "PATCH", path, {"endpoint": {"suspend_timeout_seconds": -2}}) == ("", message)
    body = {"endpoint": {"branch_id": project["branch"]["id"], "type": "fast"}}
    assert neon.refused(400, "POST", path_of(project), body)[1] == "type must be one of read_write, read_only"


def test_an_endpoint_moves_to_a_branch_without_one_and_leads_there(neon: Neon, project: Document) -> None:
    branches = f"/projects/{project['project']['id']}/branches"
    made = neon.settled(neon.call("POST", branches, {"branch": {"name": "target"}}, expect=201))["branch"]
    with neon.connect(uri(project)) as connection:
        connection.execute("create table only_in_main (id int)")
    path = f"{path_of(project)}/{project['endpoints'][0]['id']}"
    neon.call("PATCH", path, {"endpoint": {"branch_id": made["id"]}})
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select to_regclass('only_in_main')").fetchone() == (None,)
    neon.call("PATCH", path, {"endpoint": {"branch_id": project["branch"]["id"]}})
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select to_regclass('only_in_main')::text").fetchone() == ("only_in_main",)
    neon.settled(neon.call("DELETE", f"{branches}/{made['id']}"))
