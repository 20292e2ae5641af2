"""Crashes, restarts and removal. Prevents: a sandbox that must be thrown away after a kill or a reboot."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.base.home import AUTO, Home
from sandbox.cloud import scenarios
from sandbox.cloud.neon.compute import cluster, storage
from sandbox.cloud.neon.control.control_plane import ControlPlane
from sandbox.cloud.neon.service import Service
from sandbox.postgres.server import Postgres
from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import ORGANIZATION, SECTION, Neon, client, running, until


def uri(project: Document) -> str:
    return str(project["connection_uris"][0]["connection_uri"])


def rows(neon: Neon, project: Document) -> list[tuple[object, ...]]:
    with neon.connect(uri(project)) as connection:
        return connection.execute("select id from kept").fetchall()


@dataclass(frozen=True)
class Survivor:
    """A home whose cloud is stopped, with a project and its one table. Each test leaves it in this state."""

    home: Home
    project: Document
    server: Postgres

    @property
    def branch(self) -> str:
        return str(self.project["branch"]["id"])


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survivor]:
    home = Home.create(tmp_path_factory.mktemp("survivor") / "home", AUTO)
    try:
        with running(home, SECTION) as context, client(context) as neon:
            made = neon.project()
            with neon.connect(uri(made)) as connection:
                connection.execute("create table kept (id int); insert into kept values (1)")
            found = Survivor(home, made, neon.server(made["branch"]["id"]))
        yield found
    finally:
        storage.remove(home.path)


def test_everything_is_there_again_after_a_restart(survivor: Survivor) -> None:
    authority = (survivor.home.authority_dir / "ca.pem").read_bytes()
    assert survivor.server.pid() is None
    with running(survivor.home) as context, client(context) as neon:
        assert rows(neon, survivor.project) == [(1,)]
        assert (survivor.home.authority_dir / "ca.pem").read_bytes() == authority
        shown = neon.call("GET", f"/projects/{survivor.project['project']['id']}")["project"]
        assert shown == survivor.project["project"]
    assert survivor.server.pid() is None


def test_a_killed_server_is_started_for_the_next_client(survivor: Survivor) -> None:
    with running(survivor.home) as context, client(context) as neon:
        server = neon.server(survivor.branch)
        pid = server.pid()
        assert pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: server.pid() is None)
        assert rows(neon, survivor.project) == [(1,)]


def test_after_a_reboot_a_strangers_process_id_and_a_taken_port_do_no_harm(survivor: Survivor) -> None:
    lock = survivor.server.directory / "postmaster.pid"
    with running(survivor.home) as context, client(context) as neon:
        port = neon.server(survivor.branch).port
    lock.write_text(f"{os.getpid()}\n{survivor.server.directory}\n1\n{port}\n\n127.0.0.1\n")
    with (
        socket.create_server(("127.0.0.1", port)),
        running(survivor.home) as context,
        client(context) as neon,
    ):
        assert rows(neon, survivor.project) == [(1,)]
        assert neon.server(survivor.branch).port != port


def test_work_cut_short_by_a_crash_is_resumed_and_leftovers_are_removed(survivor: Survivor) -> None:
    path = f"/projects/{survivor.project['project']['id']}/branches/{survivor.branch}"
    with running(survivor.home) as context, client(context) as neon:
        role = neon.settled(neon.call("POST", f"{path}/roles", {"role": {"name": "app"}}, expect=201))["role"]
        cluster.drop_role(neon.server(survivor.branch), "app")
        operation = context.store.find("neon.operations", _work="create_role")[0]
        context.store.put("neon.operations", operation["id"], operation | {"_done": False, "_outcome": None})
    (storage.folder(survivor.home.path) / "br-forgotten").mkdir()
    (storage.folder(survivor.home.path) / "br-half.partial").mkdir()
    (storage.folder(survivor.home.path) / "br-past.history").mkdir()
    with running(survivor.home) as context, client(context) as neon:
        with neon.connect(uri(survivor.project), user="app", password=role["password"]) as connection:
            assert connection.execute("select current_user").fetchone() == ("app",)
        assert storage.timelines(survivor.home.path) == [survivor.branch]
        neon.settled(neon.call("DELETE", f"{path}/roles/app"))


def test_a_suspended_compute_stays_asleep_over_a_restart(survivor: Survivor) -> None:
    path = f"/projects/{survivor.project['project']['id']}/endpoints/{survivor.project['endpoints'][0]['id']}"
    with running(survivor.home) as context, client(context) as neon:
        neon.settled(neon.call("POST", f"{path}/suspend"))
    with running(survivor.home) as context, client(context) as neon:
        assert survivor.server.pid() is None
        assert neon.call("GET", path)["endpoint"]["current_state"] == "idle"
        assert rows(neon, survivor.project) == [(1,)]


def test_removal_stops_servers_and_deletes_all_data_twice_and_without_a_cloud(make_home: Callable[[str], Home]) -> None:
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
        assert old["branch"]["id"] not in storage.timelines(home.path)


def test_a_scenario_with_failing_sql_is_a_clear_error(
    make_home: Callable[[str], Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.sql").write_text("create tabel kept (id int);")
    monkeypatch.setattr("sandbox.cloud.neon.service._SCENARIOS", tmp_path)
    section = SECTION | {"projects": [{"project": {"org_id": ORGANIZATION}, "sql": ["broken.sql"]}]}
    with running(make_home("broken"), SECTION) as context:
        reset = Service(context).reset(section)
        with pytest.raises(scenarios.ScenarioError, match=r"broken\.sql: syntax error"):
            asyncio.run(reset)
