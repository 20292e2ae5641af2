"""The journal of an adoption is the only way back: it must show each step that was begun, whatever ended the process,
and a truncated line must not make it unreadable.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from contract.paths import PROJECT
from launch.adopt import Journal, JournalError
from launch.adopt.journal import BEGUN, DONE, FAILED, RETURNED


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "adoption.jsonl"


def reread(path: Path) -> dict[str, str]:
    return {key: entry.phase for key, entry in Journal.open(path, "prod").entries.items()}


def test_a_step_is_on_disk_before_and_after_it_is_taken(path: Path) -> None:
    journal = Journal.open(path, "prod")
    with journal.step("move:prductr.com", title="move prductr.com", back={"kind": "move", "from": "a", "to": "b"}):
        assert reread(path) == {"move:prductr.com": BEGUN}
    assert reread(path) == {"move:prductr.com": DONE}
    (entry,) = Journal.open(path, "prod").to_return()
    assert (entry.title, entry.back) == ("move prductr.com", {"kind": "move", "from": "a", "to": "b"})


def test_a_step_that_failed_may_have_happened(path: Path) -> None:
    journal = Journal.open(path, "prod")
    with pytest.raises(OSError, match="no answer"), journal.step("one", title="one"):
        raise OSError("no answer")
    assert reread(path) == {"one": FAILED}
    assert journal.reached("one")
    journal.note("one", RETURNED)
    assert not Journal.open(path, "prod").reached("one")


def test_a_step_that_was_interrupted_stays_begun(path: Path) -> None:
    journal = Journal.open(path, "prod")
    with pytest.raises(KeyboardInterrupt), journal.step("one", title="one"):
        raise KeyboardInterrupt
    assert reread(path) == {"one": BEGUN}


def test_steps_are_returned_from_the_last_to_the_first_and_each_once(path: Path) -> None:
    journal = Journal.open(path, "prod")
    for key in ("one", "two", "one"):
        with journal.step(key, title=key):
            pass
    assert [each.key for each in Journal.open(path, "prod").to_return()] == ["two", "one"]


@pytest.mark.parametrize("left", range(1, 60, 7))
def test_a_truncated_line_counts_as_not_written(path: Path, left: int) -> None:
    journal = Journal.open(path, "prod")
    journal.note("one", DONE, title="ä step")
    whole = path.read_bytes()
    journal.note("two", BEGUN, title="another")
    path.write_bytes(path.read_bytes()[: len(whole) + left])
    again = Journal.open(path, "prod")
    assert list(again.entries) == ["one"]
    again.note("three", DONE)
    assert reread(path) == {"one": DONE, "three": DONE}


def test_a_damaged_line_in_the_middle_is_refused_and_not_skipped(path: Path) -> None:
    journal = Journal.open(path, "prod")
    journal.note("one", DONE)
    path.write_bytes(b"{" + path.read_bytes())
    journal.note("two", DONE)
    with pytest.raises(JournalError, match="line 1 is damaged"):
        Journal.open(path, "prod")


def test_the_journal_of_another_stack_is_refused(path: Path) -> None:
    Journal.open(path, "staging").note("one", DONE)
    with pytest.raises(JournalError, match="it is the journal of stack staging, not of prod"):
        Journal.open(path, "prod")


def test_where_the_journal_cannot_be_written_no_step_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = Journal(tmp_path / "file" / "adoption.jsonl", "prod")
    taken = []
    with pytest.raises(JournalError, match="cannot be written"), journal.step("one", title="one"):
        taken.append("one")
    assert taken == []


def test_a_journal_survives_the_death_of_its_process_in_the_middle_of_a_step(path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from launch.adopt import Journal;"
        "journal = Journal.open(Path(sys.argv[1]), 'prod')\n"
        "with journal.step('one', title='one', back={'kind': 'room'}):\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=PROJECT, env=dict(os.environ), check=False)
    assert done.returncode == -signal.SIGKILL
    (entry,) = Journal.open(path, "prod").to_return()
    assert (entry.key, entry.phase, entry.back) == ("one", BEGUN, {"kind": "room"})
