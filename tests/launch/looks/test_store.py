"""Looks that are kept. Prevents: half a look that a page takes for the last one, and files that nobody removes."""

from __future__ import annotations

from launch.looks import load, save
from launch.looks.store import folder
from tests.full_disk import full_disk


def test_a_look_for_which_the_disk_has_no_room_leaves_the_one_before_and_nothing_beside_it() -> None:
    assert save("prod", "drift", {"seen": "first"})
    with full_disk():
        assert not save("prod", "drift", {"seen": "second" * 100})
    found = load("prod", "drift")
    assert found is not None
    assert found["seen"] == "first"
    assert [each.name for each in (folder() / "prod").iterdir()] == ["drift.json"]
