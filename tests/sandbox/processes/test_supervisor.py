"""The sandbox's processes. Prevents: half-dead sandboxes after a crash, and processes that outlive `make down`."""

from __future__ import annotations

import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from sandbox.base.home import Home, HomeError, Ports
from sandbox.processes import lifecycle, processes
from sandbox.processes.lifecycle import SandboxError
from sandbox.processes.services import Service

PLAN = "tests.sandbox.processes.fake_services:plan"


def start(home: Path, plan: str = PLAN, deadline: float = 60) -> Home:
    return lifecycle.start(home, report=lambda _: None, plan=plan, deadline=deadline)


def pids(home: Path) -> dict[str, int | None]:
    return {condition.name: condition.pid for condition in lifecycle.status(Home.load(home), PLAN)}


def wait_until_ready(home: Path) -> None:
    deadline = time.monotonic() + 60
    while any(condition.trouble for condition in lifecycle.status(Home.load(home), PLAN)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_a_start_returns_when_every_service_answers(home: Path) -> None:
    start(home)
    assert [condition.trouble for condition in lifecycle.status(Home.load(home), PLAN)] == [None, None, None]


def test_a_second_start_changes_nothing(home: Path) -> None:
    first = start(home)
    before = pids(home)
    assert start(home) == first
    assert pids(home) == before


def test_stop_leaves_no_process_no_port_and_no_folder_and_may_be_repeated(home: Path) -> None:
    ports = start(home).ports
    assert not is_free(ports.cloud)
    assert lifecycle.stop(home)
    assert processes.family(home) == []
    assert is_free(ports.cloud)
    assert is_free(ports.edge_http)
    assert not home.exists()
    assert not lifecycle.stop(home)


def test_a_killed_service_and_its_children_are_replaced(home: Path) -> None:
    start(home)
    before = pids(home)
    parent = before["parent"]
    assert parent is not None
    orphan = psutil.Process(parent).children()[0]
    psutil.Process(parent).kill()
    psutil.wait_procs([orphan], timeout=30)
    wait_until_ready(home)
    after = pids(home)
    assert after["parent"] not in {None, parent}
    assert after["web"] == before["web"]


def test_a_start_after_the_supervisor_was_killed_takes_over_all_of_it(home: Path) -> None:
    first = start(home)
    before = pids(home)
    supervisor = before["supervisor"]
    assert supervisor is not None
    psutil.Process(supervisor).kill()
    assert start(home) == first
    after = pids(home)
    assert not set(before.values()) & set(after.values())
    assert None not in after.values()


def test_a_stop_after_everything_but_a_grandchild_was_killed_finds_the_grandchild(home: Path) -> None:
    ports = start(home).ports
    for name in ("supervisor", "web", "parent"):
        pid = pids(home)[name]
        assert pid is not None
        psutil.Process(pid).kill()
    assert not is_free(ports.edge_http)
    lifecycle.stop(home)
    assert is_free(ports.edge_http)


def test_process_ids_from_before_a_reboot_do_not_endanger_their_present_processes(home: Path) -> None:
    Home.create(home, "auto")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        for name in ("web", "parent"):
            (home / "run" / f"{name}.json").write_text(f'{{"pid": {stranger.pid}, "restarts": 0, "exit": null}}')
        assert pids(home) == {"supervisor": None, "web": None, "parent": None}
        start(home)
        lifecycle.stop(home)
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_a_shell_prepared_for_the_sandbox_is_not_mistaken_for_a_part_of_it(home: Path) -> None:
    start(home)
    environment = {**os.environ, "LAUNCH_SANDBOX_HOME": str(home)}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=environment) as shell:
        lifecycle.stop(home)
        assert shell.poll() is None
        shell.communicate(b"\n")


def test_credentials_of_the_real_clouds_do_not_reach_the_sandbox(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOUDFLARE_API_TOKEN", "VERCEL_API_TOKEN", "NEON_API_KEY", "PGPASSWORD", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "of the real world")
    start(home)
    services = [process for name in ("web", "parent") for process in processes.family(home, name)]
    assert len(services) == 3
    assert all("of the real world" not in process.environ().values() for process in services)


def test_a_busy_port_is_one_error_that_names_the_port_and_the_remedy(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        monkeypatch.setenv("LAUNCH_SANDBOX_PORT_BASE", str(port))
        with pytest.raises(SandboxError, match=rf"TCP port {port} .* is in use.*LAUNCH_SANDBOX_PORT_BASE"):
            start(home)
    assert not home.exists()


def test_with_automatic_ports_a_busy_port_is_avoided(home: Path) -> None:
    taken = Home.create(home, "auto").ports.cloud
    with socket.create_server(("127.0.0.1", taken)):
        assert start(home).ports.cloud != taken


@pytest.fixture
def thief(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Takes the first port of a sandbox after it was found free, and responds there; yields the ports that it took."""
    taken: list[int] = []
    spawn = lifecycle._spawn
    with ExitStack() as held:

        def spawn_late(home: Home, plan: str) -> None:
            if not taken:
                server = http.server.ThreadingHTTPServer(("127.0.0.1", home.ports.cloud), Friendly)
                held.callback(server.server_close)
                threading.Thread(target=server.serve_forever).start()
                held.callback(server.shutdown)
                taken.append(home.ports.cloud)
            spawn(home, plan)

        monkeypatch.setattr(lifecycle, "_spawn", spawn_late)
        yield taken


class Friendly(http.server.BaseHTTPRequestHandler):
    """Another program that responds as if it were ready."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_an_automatic_port_that_is_taken_during_the_start_is_replaced(
    home: Path, thief: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCH_SANDBOX_PORT_BASE", "auto")
    assert [start(home).ports.cloud] != thief
    assert len(thief) == 1
    wait_until_ready(home)


def test_another_program_that_answers_on_a_chosen_port_is_never_mistaken_for_the_sandbox(
    home: Path, thief: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCH_SANDBOX_PORT_BASE", str(Ports.allocate("auto").cloud))
    with pytest.raises(SandboxError):
        start(home)
    assert len(thief) == 1
    assert processes.family(home) == []


def test_a_running_sandbox_moves_to_the_requested_ports(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = start(home)
    monkeypatch.setenv("LAUNCH_SANDBOX_PORT_BASE", "21500")
    moved = start(home)
    assert moved.ports.cloud == 21500
    assert moved.credentials == first.credentials
    assert is_free(first.ports.cloud)


def test_a_service_that_cannot_start_is_one_error_with_the_end_of_its_log(home: Path) -> None:
    with pytest.raises(SandboxError, match=r"(?s)broken cannot start: it ended with code 3\..*no module"):
        start(home, "tests.sandbox.processes.fake_services:broken")
    assert processes.family(home) == []


def test_a_service_that_is_never_ready_is_one_error_with_what_is_missing(home: Path) -> None:
    with pytest.raises(SandboxError, match=r"silent was not ready after 1 s: nothing listens on port \d+"):
        start(home, "tests.sandbox.processes.fake_services:silent", deadline=1)
    assert processes.family(home) == []


def test_a_damaged_description_stops_a_start_but_not_a_stop(home: Path) -> None:
    start(home)
    (home / "sandbox.json").write_text("{")
    with pytest.raises(HomeError, match="damaged"):
        start(home)
    assert lifecycle.stop(home)
    assert not home.exists()


def test_a_folder_that_was_removed_under_a_running_sandbox_does_not_hide_its_processes(home: Path) -> None:
    ports = start(home).ports
    (home / "sandbox.json").rename(home.parent / "aside.json")
    lifecycle.stop(home)
    assert is_free(ports.cloud)


@pytest.mark.parametrize(
    "other", ["thesis", "logs", "run", "postgres", "pulumi", "state", "sandbox.json.bak", "sandbox.json.1", "1"]
)
def test_a_folder_that_holds_no_sandbox_is_never_taken_and_never_removed(home: Path, other: str) -> None:
    work = home / other / "thesis.txt"
    work.parent.mkdir(parents=True)
    work.write_text("years of work")
    home.chmod(0o755)
    with pytest.raises(
        SandboxError, match=r"holds other files, .* set LAUNCH_SANDBOX_HOME to a folder that does not exist"
    ):
        start(home)
    with pytest.raises(SandboxError, match=r"holds no sandbox, so it was not removed\. Check LAUNCH_SANDBOX_HOME"):
        lifecycle.stop(home)
    assert home.stat().st_mode & 0o777 == 0o755
    assert work.read_text() == "years of work"
    shutil.rmtree(home)


def test_a_killed_removal_is_resumed_the_next_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Home.create(home, "auto")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            lifecycle.stop(home)
    assert lifecycle.stop(home)
    assert not home.exists()


def test_leftovers_of_pulumi_are_no_obstacle_and_no_state_of_the_next_sandbox(home: Path) -> None:
    for left in ("pulumi/workspaces", "state/.pulumi/stacks"):
        (home / left).mkdir(parents=True)
    (home / "pulumi" / "credentials.json").touch()
    start(home)
    assert list((home / "state").iterdir()) == []
    assert not (home / "pulumi").exists()
    assert lifecycle.stop(home)
    (home / "pulumi" / "logs").mkdir(parents=True)
    assert lifecycle.stop(home)
    assert not home.exists()


def test_a_start_that_was_killed_at_once_is_no_obstacle(home: Path) -> None:
    home.mkdir()
    (home / "sandbox.json.4711").touch()
    start(home)


def test_two_starts_at_once_give_one_sandbox(home: Path) -> None:
    found: list[Home] = []
    threads = [threading.Thread(target=lambda: found.append(start(home))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1]
    assert len(processes.marked(home, "supervisor")) == 1


class Failing(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def test_readiness_checks_the_service_and_not_only_its_port() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        port = int(server.server_address[1])
        service = Service(name="x", command=(), ports=(("x", port),), health="/ready")
        assert service.missing() == "/ready returns 503"
        server.shutdown()
