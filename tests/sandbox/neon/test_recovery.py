"""Crashes, restarts and removal. Prevents: a sandbox that must be thrown away after a kill or a reboot."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.cloud import scenarios
from sandbox.cloud.neon import cluster, storage
from sandbox.cloud.neon.plane import ControlPlane
from sandbox.cloud.neon.service import Service
from sandbox.cloud.store import Document
from sandbox.home import Home
from tests.sandbox.neon.harness import ORGANIZATION, SECTION, Neon, client, running, until


def uri(project: Document) -> str:
    return str(project["connection_uris"][0]["connection_uri"])


def rows(neon: Neon, project: Document) -> list[tuple[object, ...]]:
    with neon.connect(uri(project)) as connection:
        return connection.execute("select id from kept").fetchall()


def fill(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project)) as connection:
        connection.execute("create table kept (id int); insert into kept values (1)")


def test_everything_is_there_again_after_a_restart(make_home: Callable[[str], Home]) -> None:
    home = make_home("restarted")
    with running(home, SECTION) as context, client(context) as neon:
        made = neon.project()
        fill(neon, made)
        server = neon.server(made["branch"]["id"])
        authority = (home.authority_dir / "ca.pem").read_bytes()
    assert server.pid() is None
    with running(home) as context, client(context) as neon:
        assert rows(neon, made) == [(1,)]
        assert (home.authority_dir / "ca.pem").read_bytes() == authority
        assert neon.call("GET", f"/projects/{made['project']['id']}")["project"] == made["project"]


def test_a_killed_server_is_started_for_the_next_client(make_home: Callable[[str], Home]) -> None:
    with running(make_home("killed"), SECTION) as context, client(context) as neon:
        made = neon.project()
        fill(neon, made)
        server = neon.server(made["branch"]["id"])
        pid = server.pid()
        assert pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: server.pid() is None)
        assert rows(neon, made) == [(1,)]


def test_after_a_reboot_a_strangers_process_id_and_a_taken_port_do_no_harm(make_home: Callable[[str], Home]) -> None:
    home = make_home("rebooted")
    with running(home, SECTION) as context, client(context) as neon:
        made = neon.project()
        fill(neon, made)
        server = neon.server(made["branch"]["id"])
    lock = server.directory / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.directory}\n1\n{server.port}\n\n127.0.0.1\n")
    with socket.create_server(("127.0.0.1", server.port)), running(home) as context, client(context) as neon:
        assert rows(neon, made) == [(1,)]
        assert neon.server(made["branch"]["id"]).port != server.port


def test_what_a_crash_cut_short_is_taken_up_and_what_is_forgotten_is_removed(make_home: Callable[[str], Home]) -> None:
    home = make_home("crashed")
    with running(home, SECTION) as context, client(context) as neon:
        made = neon.project()
        branch = made["branch"]["id"]
        path = f"/projects/{made['project']['id']}/branches/{branch}"
        role = neon.settled(neon.call("POST", f"{path}/roles", {"role": {"name": "app"}}, expect=201))["role"]
        cluster.drop_role(neon.server(branch), "app")
        operation = context.store.find("neon.operations", _work="create_role")[0]
        context.store.put("neon.operations", operation["id"], operation | {"_done": False, "_outcome": None})
        (storage.folder(home.path) / "br-forgotten").mkdir()
        (storage.folder(home.path) / "br-half.partial").mkdir()
    with running(home) as context, client(context) as neon:
        with neon.connect(uri(made), user="app", password=role["password"]) as connection:
            assert connection.execute("select current_user").fetchone() == ("app",)
        assert [entry.name for entry in storage.folder(home.path).iterdir()] == [branch]


def test_a_suspended_compute_stays_asleep_over_a_restart(make_home: Callable[[str], Home]) -> None:
    home = make_home("asleep")
    with running(home, SECTION) as context, client(context) as neon:
        made = neon.project()
        endpoint = f"/projects/{made['project']['id']}/endpoints/{made['endpoints'][0]['id']}"
        neon.settled(neon.call("POST", f"{endpoint}/suspend"))
        server = neon.server(made["branch"]["id"])
    with running(home) as context:
        assert server.pid() is None
        assert context.store.find("neon.endpoints")[0]["current_state"] == "idle"


def test_removal_stops_servers_and_takes_all_data_twice_and_without_a_cloud(make_home: Callable[[str], Home]) -> None:
    home = make_home("removed")
    with running(home, SECTION) as context, client(context) as neon:
        made = neon.project()
        server = neon.server(made["branch"]["id"])
        ControlPlane.of(context).computes.start(made["branch"]["id"])
        outside = storage.folder(home.path)
    server.start()  # as if the cloud had been killed
    storage.remove(home.path)
    assert server.pid() is None
    assert not outside.exists()
    assert not (home.path / "postgres").is_symlink()
    storage.remove(home.path)


def test_a_scenario_brings_projects_with_data_and_takes_everything_else_away(
    make_home: Callable[[str], Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "first.sql").write_text("create table kept (id int); create table more (id int);")
    (tmp_path / "second.sql").write_text("insert into kept select generate_series(1, 3);")
    monkeypatch.setattr("sandbox.cloud.neon.service._SCENARIOS", tmp_path)
    wanted = {"name": "production", "org_id": ORGANIZATION, "branch": {"name": "production"}}
    section = SECTION | {"projects": [{"project": wanted, "sql": ["first.sql", "second.sql"]}]}
    home = make_home("scenario")
    with running(home, SECTION) as context, client(context) as neon:
        old = neon.project()
    with running(home, section) as context, client(context) as neon:
        listed = neon.call("GET", "/projects", query={"org_id": ORGANIZATION})["projects"]
        assert [project["name"] for project in listed] == ["production"]
        path = f"/projects/{listed[0]['id']}/connection_uri"
        query = {"database_name": "neondb", "role_name": "neondb_owner"}
        with neon.connect(neon.call("GET", path, query=query)["uri"]) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (3,)
            owner = connection.execute("select tableowner from pg_tables where tablename = 'kept'").fetchone()
            assert owner == ("neondb_owner",)
        assert old["branch"]["id"] not in [entry.name for entry in storage.folder(home.path).iterdir()]


def test_a_scenario_whose_sql_fails_says_so(
    make_home: Callable[[str], Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.sql").write_text("create tabel kept (id int);")
    monkeypatch.setattr("sandbox.cloud.neon.service._SCENARIOS", tmp_path)
    section = SECTION | {"projects": [{"project": {"org_id": ORGANIZATION}, "sql": ["broken.sql"]}]}
    with running(make_home("broken"), SECTION) as context:
        reset = Service(context).reset(section)
        with pytest.raises(scenarios.ScenarioError, match=r"broken\.sql: syntax error"):
            asyncio.run(reset)
