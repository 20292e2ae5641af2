"""Files that are replaced. Prevents: half a file, and what a failure leaves beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from contract.whole_file import write_whole
from tests.full_disk import full_disk

LONG = "a line\n" * 100


def test_a_file_is_made_and_replaced_with_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    for text in ("one", "zwölf\n"):
        write_whole(file, text)
        assert file.read_text("utf-8") == text
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("mode", "wanted"), [(0o666, 0o644), (0o600, 0o600)])
def test_who_may_read_it_is_restricted_by_the_umask(tmp_path: Path, mode: int, wanted: int) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "file", "text", mode=mode)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == wanted


def test_a_full_disk_leaves_the_earlier_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text("earlier")
    with pytest.raises(OSError, match="File too large") as raised, full_disk():
        write_whole(file, LONG)
    assert raised.value.filename == str(file)
    assert file.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [file]


def test_a_text_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "file", LONG + "\ud800")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["absent/file", "taken", "a" * 300])
def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match=r".") as raised:
        write_whole(tmp_path / name, LONG)
    assert raised.value.filename == str(tmp_path / name)
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]
