"""A stack after its engine was killed. Prevents: a sandbox beyond repair, and locks taken from the living."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pulumi.automation import CommandResult, LocalWorkspace, StackNotFoundError

from launch.local.interrupted import recover, update
from launch.stack import PulumiError, Stack
from launch.stack.engine import find
from launch.stack.environment import applied
from sandbox.base.home import Home

PROVIDER = """
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Patient(ResourceProvider):
    def create(self, props):
        Path(props["path"] + ".asked").touch()
        while not Path(props["path"]).exists():
            time.sleep(0.05)
        return CreateResult("patient", props)


class Thing(Resource):
    def __init__(self, name, path):
        super().__init__(Patient(), name, {"path": path})
"""


@pytest.fixture
def stack(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack of a bare project, whose only resource is created when the file `go` exists."""
    monkeypatch.delenv("LAUNCH_CACHE")  # the engine of the user's own cache
    made = Home.create(home, "auto")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: bare\nruntime: python\n")
    (folder / "provider.py").write_text(PROVIDER)
    (folder / "__main__.py").write_text(f"from provider import Thing\nThing('thing', path={str(tmp_path / 'go')!r})")
    environment = {
        **find().environment(),
        "PULUMI_BACKEND_URL": made.state_backend,
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DEBUG_PROVIDERS": None,
    }
    found = Stack(name="dev", environment=applied(environment), folder=folder)
    found.create()
    return found


@contextmanager
def waiting_update(stack: Stack, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield an update that waits in the middle of its only creation; it is killed at the end."""
    with subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=stack.folder,
        env={**stack.environment, "PULUMI_STACK": "dev"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not (tmp_path / "go.asked").exists():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


def assert_as_declared(stack: Stack) -> None:
    """Assert that a plan finds nothing to do."""
    command = ["pulumi", "preview", "--expect-no-changes", "--non-interactive", "--stack", stack.name]
    done = subprocess.run(command, cwd=stack.folder, env=stack.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def quiet(_: str) -> None: ...


def test_an_update_that_was_killed_is_cleaned_up_and_can_be_repeated(stack: Stack, tmp_path: Path) -> None:
    with waiting_update(stack, tmp_path):
        pass
    (tmp_path / "go").touch()
    with pytest.raises(PulumiError):
        stack.up()
    recover(stack, quiet)
    assert stack.pending() == []
    update(stack)
    assert_as_declared(stack)


def test_an_update_that_still_runs_keeps_its_lock(stack: Stack, tmp_path: Path) -> None:
    with waiting_update(stack, tmp_path) as process:
        with pytest.raises(PulumiError, match=f"stack dev: another update is running as process {process.pid}"):
            recover(stack, quiet)
        (tmp_path / "go").touch()
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("host", "when", "taken"),
    [
        (socket.gethostname(), "2001-01-01T00:00:00.123456789Z", False),
        (socket.gethostname(), "2999-01-01T00:00:00Z", True),
        ("the-name-before-a-restart", "2001-01-01T00:00:00Z", False),
        ("the-name-before-a-restart", "2999-01-01T00:00:00Z", True),
    ],
)
def test_a_lock_is_respected_only_while_its_own_process_lives(
    stack: Stack, home: Path, host: str, when: str, taken: bool
) -> None:
    folder = home / "state/.pulumi/locks/organization/bare/dev"
    folder.mkdir(parents=True, exist_ok=True)
    lock = {"pid": os.getpid(), "username": "somebody", "hostname": host, "timestamp": when}
    (folder / "lock.json").write_text(json.dumps(lock))
    if taken:
        with pytest.raises(PulumiError, match="another update"):
            recover(stack, quiet)
    else:
        recover(stack, quiet)
    assert (folder / "lock.json").exists() == taken


def test_an_interrupt_from_the_keyboard_lets_the_update_end_cleanly(stack: Stack, tmp_path: Path) -> None:
    code = "import sys; from launch.stack.stack import Stack; Stack(**eval(sys.stdin.read())).up()"
    command = [sys.executable, "-c", f"from pathlib import PosixPath; {code}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdin is not None
        process.stdin.write(repr(vars(stack)).encode())
        process.stdin.close()
        deadline = time.monotonic() + 60
        while not (tmp_path / "go.asked").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr is not None
        while b"cancelling" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(0.5)  # twice as long as subprocess.run would wait before it kills
        (tmp_path / "go").touch()
        complaint = process.stderr.read()
    assert process.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in complaint
    assert stack.pending() == []
    assert_as_declared(stack)


def test_a_stack_that_another_command_makes_at_the_same_moment_is_no_error(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet(*_: object) -> None:
        raise StackNotFoundError(CommandResult(stdout="", stderr="no stack named 'dev' found", code=255))

    with monkeypatch.context() as early:
        early.setattr(LocalWorkspace, "select_stack", not_yet)
        stack.create()
    assert stack.exists()


def test_a_stack_that_does_not_exist_is_one_error_that_names_it_its_backend_and_the_remedy(stack: Stack) -> None:
    missing = replace(stack, name="missing")
    backend = re.escape(stack.environment["PULUMI_BACKEND_URL"])
    message = rf"^{backend}: there is no stack missing. Create it with `pulumi stack init missing`, or use .*$"
    for operation in (missing.outputs, missing.up, missing.destroy, missing.pending):
        with pytest.raises(PulumiError, match=message):
            operation()
    assert not missing.exists()
    assert stack.exists()


def test_a_failed_command_is_an_error_with_its_message(stack: Stack) -> None:
    (stack.folder / "Pulumi.yaml").write_text("name: [")
    with pytest.raises(PulumiError, match=r"(?s)^`pulumi stack output` of stack dev failed:\n.*Pulumi\.yaml"):
        stack.outputs()


def test_a_program_sees_exactly_the_environment_of_its_stack(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://not.for.this.stack:1")
    names = "[os.environ.get(name) or '' for name in ('HTTPS_PROXY', 'GIVEN')]"
    (stack.folder / "__main__.py").write_text(f"import os, pulumi\npulumi.export('seen', {names})")
    given = replace(stack, environment={**stack.environment, "GIVEN": "yes"})
    given.up()
    assert given.outputs() == {"seen": ["", "yes"]}


def test_the_settings_file_of_the_project_stays_as_it_is(stack: Stack) -> None:
    settings = stack.folder / "Pulumi.other.yaml"
    settings.write_text("# of the project\nconfig: {}\n")
    other = replace(stack, name="other")
    for _ in range(2):
        other.create()
        assert settings.read_text() == "# of the project\nconfig: {}\n"
    assert other.exists()


def test_protected_resources_are_destroyed_with_the_stack(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    code = f"Thing('thing', path={str(tmp_path / 'go')!r}, opts=ResourceOptions(protect=True))"
    (stack.folder / "__main__.py").write_text(f"from pulumi import ResourceOptions\nfrom provider import Thing\n{code}")
    (stack.folder / "provider.py").write_text(
        PROVIDER.replace("def __init__(self, name, path)", "def __init__(self, name, path, opts=None)").replace(
            '{"path": path})', '{"path": path}, opts)'
        )
    )
    stack.up()
    stack.destroy()
    left = subprocess.run(
        ["pulumi", "stack", "export", "--stack", "dev"],
        cwd=stack.folder,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "resources" not in json.loads(left.stdout)["deployment"]


def test_secret_outputs_are_returned_only_on_request(stack: Stack) -> None:
    (stack.folder / "__main__.py").write_text("import pulumi\npulumi.export('key', pulumi.Output.secret('hidden'))")
    stack.up()
    assert stack.outputs() == {"key": "[secret]"}
    assert stack.outputs(secrets=True) == {"key": "hidden"}
