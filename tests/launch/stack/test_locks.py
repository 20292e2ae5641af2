"""A lock is read while an engine writes it. Prevents: a defect in place of an error, and a lock that is overlooked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from launch.stack import BusyError, refuse_busy
from launch.stack.locks import Lock, _locks

LOCK = json.dumps({"pid": 1, "hostname": "here", "timestamp": "2999-01-01T00:00:00Z"})


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("launch.stack.reading.FIRST_PAUSE", 0.001)
    made = tmp_path / ".pulumi/locks/organization/bare/dev/0123.json"
    made.parent.mkdir(parents=True)
    return made


def found(folder: Path) -> list[Lock]:
    return list(_locks(f"file://{folder}", "bare", "dev"))


@pytest.mark.parametrize("half", ["", LOCK[:20], "{}", "null", LOCK.replace("2999-01", "2999-")])
def test_half_a_lock_is_an_error_that_names_the_file_and_lets_nobody_in(half: str, file: Path, tmp_path: Path) -> None:
    file.write_text(half)
    with pytest.raises(BusyError) as raised:
        refuse_busy(f"file://{tmp_path}")
    assert raised.value.where == str(file)
    assert raised.value.remedy
    assert file.exists()


@pytest.mark.parametrize(("then", "seen"), [(LOCK, [("dev", 1)]), (None, [])])
def test_a_lock_that_was_caught_half_written_is_read_again(
    then: str | None, seen: list[tuple[str, int]], file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(LOCK[:20])

    def meanwhile(_: float) -> None:
        if then is None:
            file.unlink()
        else:
            file.write_text(then)

    monkeypatch.setattr("launch.stack.reading.time.sleep", meanwhile)
    assert [(each.stack, each.pid) for each in found(tmp_path)] == seen
