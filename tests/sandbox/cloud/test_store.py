"""The store holds the clouds' resources: a half-made change would be an orphan that no vendor would leave behind."""

from __future__ import annotations

import multiprocessing
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.state.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite")
    yield store
    store.close()


def test_a_failed_transaction_leaves_nothing_behind(store: Store) -> None:
    store.put("things", "old", {"value": 1})
    before = store.version()

    def half_way() -> None:
        with store.transaction():
            store.put("things", "new", {"value": 2})
            store.delete("things", "old")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_way()
    assert store.find("things") == [{"value": 1}]
    assert store.version() == before


def test_a_part_of_a_transaction_can_fail_alone(store: Store) -> None:
    def part() -> None:
        with store.transaction():
            store.put("things", "b", {"name": "b"})
            raise RuntimeError("part")

    with store.transaction():
        store.put("things", "a", {"name": "a"})
        with pytest.raises(RuntimeError, match="part"):
            part()
        store.put("things", "c", {"name": "c"})
    assert [thing["name"] for thing in store.find("things")] == ["a", "c"]


def test_documents_are_found_by_equality_in_the_order_they_came(store: Store) -> None:
    store.put("things", "2", {"kind": "x", "on": True, "note": None})
    store.put("things", "1", {"kind": "y", "on": False})
    store.put("things", "3", {"kind": "x", "on": False, "note": "n"})
    store.put("things", "2", {"kind": "x", "on": True, "note": None, "changed": True})
    assert [thing["kind"] for thing in store.find("things")] == ["x", "y", "x"]
    assert store.find("things", kind="x", on=True) == [{"kind": "x", "on": True, "note": None, "changed": True}]
    assert store.find("things", note=None, on=False) == [{"kind": "y", "on": False}]
    assert store.find("other") == []


def test_a_deletion_returns_whether_there_was_something(store: Store) -> None:
    store.put("things", "1", {})
    assert store.delete("things", "1") is True
    assert store.delete("things", "1") is False
    assert store.get("things", "1") is None


def test_clear_removes_one_vendors_collections_alone(store: Store) -> None:
    store.put("vercel.projects", "1", {})
    store.put("vercel.env", "1", {})
    store.put("neon.projects", "1", {"kept": True})
    store.clear("vercel.")
    assert (store.find("vercel.projects"), store.find("vercel.env")) == ([], [])
    assert store.find("neon.projects") == [{"kept": True}]


def test_the_version_grows_across_processes(store: Store) -> None:
    before = store.version()
    child = multiprocessing.get_context("spawn").Process(target=_write_from_elsewhere, args=(store.path,))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert store.version() > before
    assert store.get("things", "elsewhere") == {"from": "a child"}


def _write_from_elsewhere(path: Path) -> None:
    other = Store(path)
    other.put("things", "elsewhere", {"from": "a child"})
    other.close()


def test_threads_that_count_together_lose_no_count(store: Store) -> None:
    store.put("counters", "one", {"value": 0})

    def count() -> None:
        for _ in range(50):
            with store.transaction():
                counter = store.get("counters", "one")
                assert counter is not None
                store.put("counters", "one", {"value": counter["value"] + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("counters", "one") == {"value": 200}


def test_the_file_holds_secrets_and_is_readable_by_its_owner_alone(store: Store) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_stored_documents_survive_a_restart(tmp_path: Path) -> None:
    first = Store(tmp_path / "store.sqlite")
    first.put("things", "1", {"kept": True})
    first.close()
    second = Store(tmp_path / "store.sqlite")
    assert second.get("things", "1") == {"kept": True}
    second.close()
